// The JSON form of conceptual message wrappers.
#pragma once

#include "attest/cmw/cmw.h"

namespace strongroom::attest::cmw {

inline constexpr size_t kMaximumItems = 256;

// Begins as a JSON object or array; no CMW in CBOR does.
bool is_json(ByteView bytes);
bool looks_like_cmw_json(ByteView bytes);
Result<Message> parse_cmw_json(ByteView bytes);

// Shared with the CBOR form: kMalformed where they are not what the draft allows.
Result<uint64_t> checked_indicator(uint64_t value);
Result<std::string> checked_media_type(std::string type);

}  // namespace strongroom::attest::cmw
