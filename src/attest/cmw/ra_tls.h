// RA-TLS: a certificate that carries evidence about the holder of its key. Interoperable form (Confidential
// Computing Consortium, "Interoperable RA-TLS"): extension 2.23.133.5.4.9 with CBOR tag 60000 over [quote,
// claims], the quote's report data beginning with the SHA-256 of the claims, which hold the hash of the key.
// Older forms: the quote alone, under Gramine's or Intel's OID, its report data beginning with the SHA-256 of
// the key.
#pragma once

#include <optional>

#include "attest/format.h"
#include "crypto/certificate.h"

namespace strongroom::attest::cmw {

extern const EvidenceFormat kRaTlsFormat;

struct CarriedEvidence {
  Bytes evidence;
  std::optional<Bytes> claims;  // the interoperable form's, exactly as hashed
};

// The evidence in a certificate, the interoperable form first; kNotFound where it carries none.
Result<CarriedEvidence> carried_evidence(const crypto::Certificate& certificate);

// The evidence's report data is about the key of the certificate.
Result<void> check_key_binding(const CarriedEvidence& carried, const crypto::Certificate& certificate,
                               ByteView report_data);

}  // namespace strongroom::attest::cmw
