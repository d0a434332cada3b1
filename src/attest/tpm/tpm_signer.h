// Who signed a TPM's quotes, and whether that key is to be believed: an attestation key (AK) that a
// certificate vouches for, or that the caller gave. A key that comes with the evidence alone proves nothing.
#pragma once

#include "attest/assessment.h"
#include "attest/tpm/tpm_evidence.h"
#include "attest/tpm/tpm_key.h"

namespace strongroom::attest::tpm {

// Judges signature, key, certificate chain; checks "quote.signature", "ak.attributes", "ak.trust",
// "ak.certificate.validity", "ak.certificate.revocation", "ek.certificate".
void judge_signer(const TpmEvidence& evidence, const VerificationOptions& options, Assessment& assessment);

}  // namespace strongroom::attest::tpm
