// The signed JSON of Intel's Provisioning Certification Service: {"tcbInfo": <body>, "signature": "<hex>"},
// where the signature covers exactly the bytes of <body> (PCS API version 4, "Get TCB Info").
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace strongroom::attest::intel {

struct JsonMember {
  std::string key;
  ByteView raw;  // the value's bytes as they stand in the text, without white space around them
};

// The members of a JSON object with the extent of each value; keys without escapes, each once. Checks the
// nesting, not the values: give them to parse_json().
Result<std::vector<JsonMember>> top_level_members(ByteView text);

struct SignedBody {
  Bytes body;
  crypto::Sha256Digest digest;        // of the body
  std::array<uint8_t, 64> signature;  // r || s, big-endian
};

// The object's member `name`, and its signature; any other member is refused.
Result<SignedBody> parse_signed_body(ByteView text, std::string_view name);

}  // namespace strongroom::attest::intel
