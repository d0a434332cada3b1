// COSE_Sign1 and COSE_Mac0: one signature, or one MAC, over one payload (RFC 9052, sections 4.2, 4.4, 6.2 and
// 6.3), and COSE_Key (section 7).
#pragma once

#include <span>

#include "attest/cbor.h"
#include "crypto/cose.h"
#include "crypto/public_key.h"

namespace strongroom::attest {

using crypto::cose_algorithm_of, crypto::jose_algorithm_of, crypto::sign_cose_sign1;
using crypto::kCoseEs256, crypto::kCoseEs384, crypto::kCoseEs512;
// Further algorithms: RFC 8230, table 1; RFC 9053, table 3.
inline constexpr int64_t kCosePs256 = -37, kCosePs384 = -38, kCosePs512 = -39, kCoseHmac256 = 5;

struct CoseSign1 {
  Bytes protected_header;  // as encoded
  Bytes payload;
  Bytes signature;
  int64_t algorithm = 0;  // of the protected header, for an unprotected one is not signed; 0: it names none
  size_t unprotected_count = 0;  // members of the unprotected header
};

// With or without tag 18. Detached payloads, a missing algorithm, and critical headers (section 3.1) other
// than the text labels that the caller understands are kMalformed.
Result<CoseSign1> parse_cose_sign1(ByteView bytes, std::span<const std::string_view> understood = {});

// The same, but a protected header of no bytes at all is accepted: formats older than RFC 9052 leave the
// algorithm to the key.
Result<CoseSign1> parse_cose_sign1_of_key(ByteView bytes);

// The signature holds under `key`, and the message names exactly `algorithm`, which the caller demands:
// ES256, ES384, ES512 or PS256, PS384, PS512.
Result<void> verify_cose_sign1(const CoseSign1& message, const crypto::PublicKey& key, int64_t algorithm);

// The public key of a COSE_Key of type EC2 (RFC 9053, section 7.1.1) on P-256, P-384 or P-521 with both
// coordinates; kMalformed otherwise.
Result<crypto::PublicKey> read_cose_key(const CborItem& key);

// COSE_Mac0 with or without tag 17, read as a message whose `signature` is the MAC.
Result<CoseSign1> parse_cose_mac0(ByteView bytes);

// The message names HMAC 256/256, and its MAC is that of `secret`.
Result<void> verify_cose_mac0(const CoseSign1& message, ByteView secret);

}  // namespace strongroom::attest
