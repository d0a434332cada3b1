// COSE_Sign1: one signature over one payload (RFC 9052, sections 4.2 and 4.4).
#pragma once

#include "attest/cbor.h"
#include "crypto/public_key.h"
#include "crypto/signing_key.h"

namespace strongroom::attest {

// Algorithms of RFC 9053, table 1.
inline constexpr int64_t kCoseEs256 = -7, kCoseEs384 = -35, kCoseEs512 = -36;

struct CoseSign1 {
  Bytes protected_header;  // as encoded
  Bytes payload;
  Bytes signature;
  int64_t algorithm = 0;         // of the protected header: an unprotected one is not signed
  size_t unprotected_count = 0;  // members of the unprotected header
};

// With or without tag 18. Detached payloads, a missing algorithm and critical headers are kMalformed.
Result<CoseSign1> parse_cose_sign1(ByteView bytes);

// The signature holds under `key`, and the message names exactly `algorithm`, which the caller demands.
Result<void> verify_cose_sign1(const CoseSign1& message, const crypto::PublicKey& key, int64_t algorithm);

// The COSE_Sign1 of this payload with tag 18; the algorithm follows from the key.
Result<Bytes> sign_cose_sign1(ByteView payload, const crypto::SigningKey& key);

}  // namespace strongroom::attest
