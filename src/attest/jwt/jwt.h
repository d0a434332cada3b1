// JSON Web Tokens as attestation services sign them (RFC 7519; compact JWS, RFC 7515 section 7.1; algorithms
// of RFC 7518 section 3).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "attest/jwk.h"

namespace strongroom::attest::jwt {

struct Jwt {
  std::string algorithm;  // what the header says; it does not decide what is checked
  std::string key_id;
  bool carries_key = false;  // "jwk" or "x5c" in the header: proves nothing
  Bytes signed_bytes;        // header and payload as sent
  Bytes payload;             // a JSON object
  Bytes signature;
};

// Three parts of base64url with dots between, white space around them allowed.
bool looks_like_jwt(ByteView bytes);

// kMalformed on other forms than compact JWS, critical headers, encrypted tokens, and payloads that are no
// object.
Result<Jwt> parse_jwt(ByteView bytes);

// The signature holds under one of the keys: those of the token's key id where the key has one. The algorithm
// must be one of RS, PS and ES with 256, 384 and 512, fit the key's type and curve, and be the key's own
// where the key names one; "none" and shared secrets never verify. kNotFound where no key is of that id.
Result<void> verify_jwt(const Jwt& token, const std::vector<Jwk>& keys);

}  // namespace strongroom::attest::jwt
