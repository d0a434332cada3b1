// Revocation of a chain as a finding.
#pragma once

#include "attest/assessment.h"
#include "crypto/chain.h"

namespace strongroom::attest {

// Whether the vendor's rules want a current revocation list for every authority below the root.
enum class RevocationNeed { kRequired, kOptional };

// A revoked certificate fails. Without a current list the check is missing or, where it is optional, a
// warning.
void judge_revocation(const crypto::Chain& chain, const VerificationOptions& options, std::string_view check,
                      RevocationNeed need, Assessment& assessment);

}  // namespace strongroom::attest
