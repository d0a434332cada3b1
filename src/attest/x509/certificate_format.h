// Certificates by themselves: of PCKs, VCEKs, endorsement and attestation keys of TPMs, devices. They say
// whom a vendor vouches for, and are evidence of nothing that runs: never accepted, but shown authentic or
// not.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::x509 {

extern const EvidenceFormat kCertificateFormat;

}  // namespace strongroom::attest::x509
