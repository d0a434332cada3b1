#include "crypto/der.h"

#include <fmt/format.h>

namespace strongroom::crypto {
namespace {

tl::unexpected<Error> malformed(std::string_view what, std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("{}: {}", what, why));
}

}  // namespace

Result<DerElement> DerReader::next(std::string_view what) {
  ByteReader attempt = reader_;
  const uint8_t tag = TRY(attempt.little<uint8_t>(what));
  if ((tag & 0x1f) == 0x1f) return malformed(what, "multi-byte DER tags are not used here");
  const uint8_t first = TRY(attempt.little<uint8_t>(what));
  size_t length = first;
  if (first == 0x80 || first > 0x84) return malformed(what, "DER length is indefinite or too large");
  if (first > 0x80) {
    length = 0;
    for (int i = 0; i < first - 0x80; ++i) length = (length << 8) | TRY(attempt.little<uint8_t>(what));
    const size_t least = first == 0x81 ? 0x80 : size_t{1} << (8 * (first - 0x81));
    if (length < least) return malformed(what, "DER length is not minimal");
  }
  const ByteView content = TRY(attempt.bytes(length, what));
  reader_ = attempt;
  return DerElement{tag, content};
}

Result<ByteView> DerReader::expect(uint8_t tag, std::string_view what) {
  DerReader attempt = *this;
  const DerElement element = TRY(attempt.next(what));
  if (element.tag != tag)
    return malformed(what, fmt::format("expected DER tag 0x{:02x}, found 0x{:02x}", tag, element.tag));
  *this = attempt;
  return element.content;
}

std::vector<ByteView> split_der(ByteView bytes) {
  std::vector<ByteView> out;
  DerReader reader(bytes);
  const uint8_t* begin = bytes.data();
  while (!reader.at_end()) {
    const auto content = reader.expect(kDerSequence, "DER");
    if (!content) return {};
    const uint8_t* end = content->data() + content->size();
    out.emplace_back(begin, static_cast<size_t>(end - begin));
    begin = end;
  }
  return out;
}

Result<uint64_t> der_unsigned(ByteView content, std::string_view what) {
  if (content.empty()) return malformed(what, "empty integer");
  if ((content[0] & 0x80) != 0) return malformed(what, "negative integer");
  if (content.size() > 1 && content[0] == 0) {
    if ((content[1] & 0x80) == 0) return malformed(what, "integer is not minimal");
    content = content.subspan(1);
  }
  if (content.size() > 8) return malformed(what, "integer has more than 64 bits");
  uint64_t value = 0;
  for (const uint8_t byte : content) value = (value << 8) | byte;
  return value;
}

Result<std::string> der_object_identifier(ByteView content, std::string_view what) {
  if (content.empty() || (content.back() & 0x80) != 0) return malformed(what, "object identifier is cut off");
  std::string text;
  uint64_t arc = 0;
  bool first = true;
  bool fresh = true;
  for (const uint8_t byte : content) {
    if (fresh && byte == 0x80) return malformed(what, "object identifier is not minimal");
    if (arc >> 50 != 0) return malformed(what, "object identifier arc is too large");
    arc = (arc << 7) | (byte & 0x7f);
    fresh = (byte & 0x80) == 0;
    if (!fresh) continue;
    if (first) {
      const uint64_t top = arc < 80 ? arc / 40 : 2;
      text = fmt::format("{}.{}", top, arc - top * 40);
      first = false;
    } else {
      text += fmt::format(".{}", arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace strongroom::crypto
