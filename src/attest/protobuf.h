// Protocol Buffers' wire format, read field by field (protobuf.dev, "Encoding"), for messages of which only a
// few fields matter. No schema, no recursion of its own.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace strongroom::attest {

struct ProtobufField {
  uint32_t number = 0;
  uint64_t value = 0;  // varint and fixed types
  ByteView bytes;      // length-delimited; points into the message
  bool delimited = false;
};

// All fields of one message in order. kMalformed on varints that are too long or not shortest, field number
// zero, groups, lengths beyond the end, and more than 65,536 fields.
Result<std::vector<ProtobufField>> parse_protobuf(ByteView message);

}  // namespace strongroom::attest
