#include "base/bytes.h"

#include <fmt/format.h>

namespace strongroom {

void wipe(std::span<uint8_t> bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

Result<ByteView> ByteReader::bytes(size_t count, std::string_view what) {
  if (count > remaining())
    return fail(ErrorCode::kMalformed, fmt::format("{}: {} bytes are needed at offset {}, {} are left", what,
                                                   count, position_, remaining()));
  const ByteView view = bytes_.subspan(position_, count);
  position_ += count;
  return view;
}

ByteView ByteReader::rest() {
  const ByteView view = bytes_.subspan(position_);
  position_ = bytes_.size();
  return view;
}

Result<void> ByteReader::skip(size_t count, std::string_view what) {
  TRY(bytes(count, what));
  return {};
}

Result<void> ByteReader::expect_end(std::string_view what) const {
  if (at_end()) return {};
  return fail(ErrorCode::kMalformed,
              fmt::format("{}: {} bytes too many, from offset {}", what, remaining(), position_));
}

}  // namespace strongroom
