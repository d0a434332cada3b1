// Bytes, and the one bounded reader through which every untrusted byte is parsed.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "strongroom/result.h"

namespace strongroom {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView bytes) {
  return Bytes(bytes.begin(), bytes.end());
}
// The bytes of a structure whose layout is the wire format.
template <typename T>
requires std::is_trivially_copyable_v<T> ByteView object_bytes(const T& object) {
  return {reinterpret_cast<const uint8_t*>(&object), sizeof(T)};
}
inline bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}
// Overwrites with zeros in a way that no optimiser removes; for secrets.
void wipe(std::span<uint8_t> bytes);

// Reads forward over a byte sequence that it does not own; the sequence must outlive the reader and every
// view taken from it. No read passes the end: a read that would fails with kMalformed and names `what`, the
// offset and the missing length, and leaves the position where it was. Not thread safe.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] size_t position() const { return position_; }
  [[nodiscard]] size_t remaining() const { return bytes_.size() - position_; }
  [[nodiscard]] bool at_end() const { return remaining() == 0; }

  // A view of the next `count` bytes.
  Result<ByteView> bytes(size_t count, std::string_view what);
  // All that is left.
  ByteView rest();
  Result<void> skip(size_t count, std::string_view what);
  // Fails when anything is left: trailing bytes are an error everywhere.
  Result<void> expect_end(std::string_view what) const;

  // Unsigned integers of fixed width.
  template <std::unsigned_integral T>
  Result<T> little(std::string_view what) {
    const ByteView view = TRY(bytes(sizeof(T), what));
    T value = 0;
    for (size_t i = sizeof(T); i-- > 0;)
      value = static_cast<T>((static_cast<uint64_t>(value) << 8) | view[i]);
    return value;
  }
  template <std::unsigned_integral T>
  Result<T> big(std::string_view what) {
    const ByteView view = TRY(bytes(sizeof(T), what));
    T value = 0;
    for (const uint8_t byte : view) value = static_cast<T>((static_cast<uint64_t>(value) << 8) | byte);
    return value;
  }
  template <size_t N>
  Result<std::array<uint8_t, N>> array(std::string_view what) {
    const ByteView view = TRY(bytes(N, what));
    std::array<uint8_t, N> out;
    std::memcpy(out.data(), view.data(), N);
    return out;
  }
  // A wire structure of fixed layout, copied out (the source need not be aligned).
  template <typename T>
  requires std::is_trivially_copyable_v<T> Result<T> object(std::string_view what) {
    const ByteView view = TRY(bytes(sizeof(T), what));
    T out;
    std::memcpy(&out, view.data(), sizeof(T));
    return out;
  }

 private:
  ByteView bytes_;
  size_t position_ = 0;
};

// Appends integers and bytes; the counterpart of ByteReader.
class ByteWriter {
 public:
  template <std::unsigned_integral T>
  ByteWriter& little(T value) {
    for (size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
    return *this;
  }
  template <std::unsigned_integral T>
  ByteWriter& big(T value) {
    for (size_t i = sizeof(T); i-- > 0;)
      out_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
    return *this;
  }
  ByteWriter& bytes(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  ByteWriter& zeros(size_t count) {
    out_.resize(out_.size() + count);
    return *this;
  }
  [[nodiscard]] size_t size() const { return out_.size(); }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace strongroom
