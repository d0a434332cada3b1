// JSON Web Keys (RFC 7517, RFC 7518 section 6): the public ones that evidence and key sets carry.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/public_key.h"

namespace strongroom::attest {

struct Jwk {
  std::string id;         // "kid"; empty where absent
  std::string algorithm;  // "alg"; empty where absent
  std::string use;        // "use"; empty where absent
  crypto::PublicKey key;
};

// One key: "RSA" (n, e), "EC" (crv P-256, P-384, P-521; x, y of full length), or a key that has only "x5c",
// whose first certificate's key it is then. Symmetric and private keys are refused.
Result<Jwk> parse_jwk(const nlohmann::json& object);

// The keys of {"keys": [...]} or of a single key. Keys of kinds that are not known are passed over (RFC 7517
// section 5); at most 256.
Result<std::vector<Jwk>> parse_jwks(ByteView text);

// The keys of type "oct" (RFC 7518, section 6.4) of at least 16 bytes in a JWK or JWK set: secrets that are
// shared with whoever makes MACs. parse_jwks() passes them over.
Result<std::vector<Bytes>> parse_shared_secrets(ByteView text);

}  // namespace strongroom::attest
