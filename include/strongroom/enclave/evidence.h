// Evidence about this enclave for a verifier elsewhere (remote attestation).
//
//   std::array<uint8_t, 32> hash = sha256(public_key);             // what the verifier will talk to
//   auto token = enclave::evidence(nonce_of_the_verifier, hash);
//
// In `process` and `vm` it is an EAT (RFC 9711) that the keeper signs; docs/evidence.md lays out its claims,
// and `strongroom verify` and <strongroom/attest.h> judge it. Without a root in hardware it says "unrooted",
// and is refused by every policy that does not name that case or that machine. In `sgx` it is a DCAP quote
// with the nonce and the user data that it binds, for the same verifiers; the host's side of it needs Intel's
// quote library: kNotFound, kUnavailable where that has no quote to give.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::enclave {

// `nonce`: 8 to 64 bytes that the verifier chose. `user_data`: what this enclave says with it, at most 1024
// bytes; usually the hash of a key, which binds what is encrypted to that key to this enclave.
// kInvalidArgument for other lengths; fails as identity.h says. Thread safe.
Result<std::vector<uint8_t>> evidence(std::span<const uint8_t> nonce, std::span<const uint8_t> user_data);

}  // namespace strongroom::enclave
