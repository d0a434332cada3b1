// Conceptual message wrappers (draft-ietf-rats-msg-wrap): evidence, endorsements and results, each with its
// type, alone or in collections; as JSON, as CBOR, and as a CBOR tag made of a CoAP content format (RFC 9277,
// section 4.3).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest::cmw {

// Bits of the indicator (section 3.1).
inline constexpr uint64_t kReferenceValues = 1, kEndorsements = 2, kEvidence = 4, kResults = 8, kPolicy = 16;

struct Record {
  std::variant<std::string, uint16_t> type;  // a media type, or a CoAP content format
  Bytes value;
  std::optional<uint64_t> indicator;
};

// A labelled item of a collection; labels are text, or numbers written in decimal.
struct Item {
  std::string label;
  std::variant<Record, std::vector<Item>> content;
};

using Message = std::variant<Record, std::vector<Item>>;  // a record, or a collection

bool looks_like_cmw(ByteView bytes);

// At most 8 collections inside of one another, and 256 items in all; kMalformed otherwise, and where a label
// stands twice, a type is no media type, or an indicator has unknown bits.
Result<Message> parse_cmw(ByteView bytes);

// The inverse. A collection keeps the order of its items.
std::string to_json(const Message& message);
Bytes to_cbor(const Message& message);
// kInvalidArgument where the type is no content format, because tags are made of those.
Result<Bytes> to_cbor_tag(const Record& record);

std::string type_text(const Record& record);

}  // namespace strongroom::attest::cmw
