// COSE_Sign1 written: one signature over one payload (RFC 9052, sections 4.2 and 4.4). The verifier's
// attest/cose.h reads it.
#pragma once

#include "crypto/signing_key.h"

namespace strongroom::crypto {

// Algorithms of RFC 9053, table 1.
inline constexpr int64_t kCoseEs256 = -7, kCoseEs384 = -35, kCoseEs512 = -36;

// The algorithm that ECDSA keys of this type sign with; 0, which verifies nothing, for other keys.
int64_t cose_algorithm_of(KeyType type);

// The same algorithm's name in JOSE (RFC 7518, section 3.1); empty for other keys.
std::string_view jose_algorithm_of(KeyType type);

// Sig_structure: what is signed of a message with this protected header (as encoded) and this payload.
Bytes cose_signed_bytes(ByteView protected_header, ByteView payload);

// A message with tag 18, in CBOR's deterministic form: the protected header names the algorithm and nothing
// else, the unprotected one is empty.
Bytes encode_cose_sign1(int64_t algorithm, ByteView payload, ByteView signature);

// The message of this payload; the algorithm follows from the key.
Result<Bytes> sign_cose_sign1(ByteView payload, const SigningKey& key);

}  // namespace strongroom::crypto
