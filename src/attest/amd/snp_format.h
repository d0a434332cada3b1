// SNP reports as a format of evidence: the report of 1,184 bytes, and the report followed by the hypervisor's
// certificate table.
#pragma once

#include "attest/amd/snp_report.h"
#include "attest/format.h"

namespace strongroom::attest::amd {

extern const EvidenceFormat kSnpFormat;

// For evidence that carries a report inside: judges it as verify() does, with further certificates that came
// with it (as untrusted as the rest).
void judge_report(const SnpReport& report, std::span<const crypto::Certificate> carried,
                  const VerificationOptions& options, Assessment& assessment);
void fill_claims(const SnpReport& report, Claims& claims);

}  // namespace strongroom::attest::amd
