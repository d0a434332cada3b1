// Writer and Reader: bounded, forward, over a block of memory that the other side of the boundary sees and
// changes.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "strongroom/edge/memory.h"
#include "strongroom/edge/size.h"

namespace strongroom::edge {

// What Writer and Reader have in common: a position that never passes the end, and the first thing that went
// wrong. After a failure every further step does nothing, so that a sequence of steps is checked once, at its
// end.
class WireCursor {
 public:
  // Large payloads start at a multiple of this, so that copying them is fast.
  static constexpr size_t kPayloadAlignment = 16;

  [[nodiscard]] bool ok() const { return problem_ == nullptr; }
  // What went wrong first; nullptr while nothing has. Always a literal.
  [[nodiscard]] const char* problem() const { return problem_; }
  void fail(const char* problem) {
    if (ok()) problem_ = problem;
  }
  [[nodiscard]] size_t position() const { return position_; }
  [[nodiscard]] size_t remaining() const { return limit_ - position_; }
  // A measuring cursor has no memory: it only counts, to learn how much a message will take.
  [[nodiscard]] bool measuring() const { return measuring_; }

 protected:
  explicit WireCursor(size_t limit, bool measuring) : limit_(limit), measuring_(measuring) {}
  // Takes the next `size` bytes; false where that fails, or where there is nothing to copy.
  bool take(size_t size, size_t& offset) {
    if (!ok()) return false;
    if (size > remaining()) {
      fail("the message is longer than its memory");
      return false;
    }
    offset = position_;
    position_ += size;
    return !measuring_;
  }
  [[nodiscard]] size_t padding() const { return -position_ % kPayloadAlignment; }

 private:
  size_t limit_;
  size_t position_ = 0;
  bool measuring_;
  const char* problem_ = nullptr;
};

// Writes into shared memory, and believes nothing that stands there.
class Writer : public WireCursor {
 public:
  // `nameable`: shared memory that lies elsewhere; what stands there already is named, not copied.
  explicit Writer(std::span<uint8_t> shared, std::span<const uint8_t> nameable = {})
      : WireCursor(shared.size(), false), shared_(shared.data()), nameable_(nameable) {}
  // Counts what would be written.
  Writer() : WireCursor(SIZE_MAX / 2, true) {}
  static Writer for_size(std::span<const uint8_t> nameable) {
    Writer writer;
    writer.nameable_ = nameable;
    return writer;
  }

  // The next `size` bytes, to be filled at once, by write_shared(); nullptr where there is nothing to fill.
  uint8_t* block(size_t size) {
    size_t offset = 0;
    return take(size, offset) ? shared_ + offset : nullptr;
  }
  void bytes(const void* source, size_t size) {
    uint8_t* target = block(size);
    if (target != nullptr) write_shared(target, source, size);
  }
  template <typename T>
  requires std::is_integral_v<T>
  void number(T value) { bytes(&value, sizeof value); }
  void align() {
    const size_t size = padding();
    uint8_t* target = block(size);
    if (target != nullptr) clear_shared(target, size);
  }
  // Writes where in the nameable memory these bytes stand, plus 1, or 0 where they do not. True: they need
  // not be written.
  bool name(const void* bytes, size_t size) {
    const auto place = reinterpret_cast<uintptr_t>(bytes) - reinterpret_cast<uintptr_t>(nameable_.data());
    const bool inside = place < nameable_.size() && size <= nameable_.size() - place;
    number(inside ? uint64_t{place} + 1 : uint64_t{0});
    if (inside) named_ += size;
    return inside;
  }
  // How many bytes were named.
  [[nodiscard]] size_t named() const { return named_; }

 private:
  uint8_t* shared_ = nullptr;
  std::span<const uint8_t> nameable_;
  size_t named_ = 0;
};

// Reads shared memory, each byte once.
class Reader : public WireCursor {
 public:
  // `nameable`: as the writer has it.
  explicit Reader(std::span<const uint8_t> shared, std::span<const uint8_t> nameable = {})
      : WireCursor(shared.size(), false), shared_(shared.data()), nameable_(nameable) {}
  // Counts what would be read; all numbers are 0.
  Reader() : WireCursor(SIZE_MAX / 2, true) {}

  // Copies the next `size` bytes; false where nothing was copied.
  bool copy(void* target, size_t size) {
    size_t offset = 0;
    if (!take(size, offset)) return false;
    copy_once(target, shared_ + offset, size);
    return true;
  }
  void skip(size_t size) {
    size_t offset = 0;
    take(size, offset);
  }
  template <typename T>
  requires std::is_integral_v<T> T number() {
    T value = 0;
    copy(&value, sizeof value);
    return value;
  }
  void align() { skip(padding()); }
  // Takes a place that Writer::name() wrote. False: the bytes follow. True: they stand at `named`, unless
  // this has failed.
  bool place(size_t size, const uint8_t*& named) {
    const auto place = number<uint64_t>();
    if (place == 0) return false;
    if (place - 1 >= nameable_.size() || size > nameable_.size() - (place - 1)) {
      fail("a parameter lies outside the shared memory");
    } else {
      named = nameable_.data() + (place - 1);
    }
    return true;
  }

 private:
  const uint8_t* shared_ = nullptr;
  std::span<const uint8_t> nameable_;
};

}  // namespace strongroom::edge
