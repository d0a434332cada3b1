#include "attest/protobuf.h"

#include <fmt/format.h>

namespace strongroom::attest {
namespace {

constexpr size_t kMaximumFields = 65536;
enum WireType : uint8_t { kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5 };

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "protobuf: " + std::move(why));
}

Result<uint64_t> varint(ByteReader& reader) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = TRY(reader.little<uint8_t>("varint"));
    if (shift == 63 && byte > 1) return malformed("a number is larger than 64 bits");
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift != 0) return malformed("a number is not in its shortest form");
    return value;
  }
  return malformed("a number has more than ten bytes");
}

}  // namespace

Result<std::vector<ProtobufField>> parse_protobuf(ByteView message) {
  ByteReader reader(message);
  std::vector<ProtobufField> fields;
  while (!reader.at_end()) {
    if (fields.size() == kMaximumFields) return malformed("more than 65,536 fields");
    const uint64_t tag = TRY(varint(reader));
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff) return malformed("a field's number is out of range");
    ProtobufField field;
    field.number = static_cast<uint32_t>(tag >> 3);
    switch (tag & 7) {
      case kVarint:
        field.value = TRY(varint(reader));
        break;
      case kFixed64:
        field.value = TRY(reader.little<uint64_t>("fixed64"));
        break;
      case kFixed32:
        field.value = TRY(reader.little<uint32_t>("fixed32"));
        break;
      case kDelimited: {
        const uint64_t size = TRY(varint(reader));
        if (size > reader.remaining())
          return malformed(fmt::format("field {} is longer than its message", field.number));
        field.bytes = TRY(reader.bytes(static_cast<size_t>(size), "field"));
        field.delimited = true;
        break;
      }
      default:
        return malformed(fmt::format("field {} has wire type {}", field.number, tag & 7));
    }
    fields.push_back(field);
  }
  return fields;
}

}  // namespace strongroom::attest
