// COSE_Sign1: one signature over one payload (RFC 9052, sections 4.2 and 4.4).
#pragma once

#include "attest/cbor.h"
#include "crypto/cose.h"
#include "crypto/public_key.h"

namespace strongroom::attest {

using crypto::kCoseEs256, crypto::kCoseEs384, crypto::kCoseEs512;
using crypto::sign_cose_sign1;

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

}  // namespace strongroom::attest
