// The authenticity of an SNP report: from AMD's root (ARK) to the signing key's authority (ASK, or ASVK for a
// VLEK), to the VCEK or VLEK, to the report (AMD documents 57230, chapter 2, and 56860, section 7.3).
#pragma once

#include <span>

#include "attest/amd/snp_report.h"
#include "attest/format.h"

namespace strongroom::attest::amd {

// Checks "report.signature", "key.kind", "key.tcb", "key.chip", "key.product", "key.chain", "key.validity",
// "key.revocation".
void verify_signature(const SnpReport& report, std::span<const crypto::Certificate> carried,
                      const VerificationOptions& options, Assessment& assessment);

}  // namespace strongroom::attest::amd
