#include "attest/revocation.h"

#include "attest/format.h"

namespace strongroom::attest {

void judge_revocation(const crypto::Chain& chain, const VerificationOptions& options, std::string_view check,
                      RevocationNeed need, Assessment& assessment) {
  const crypto::RevocationResult result = crypto::check_revocation(
      chain, collateral_of(options).revocation_lists, options.time, cache_of(options));
  switch (result.state) {
    case crypto::Revocation::kGood:
      assessment.pass(Concern::kRevocation, check, result.why);
      return;
    case crypto::Revocation::kRevoked:
      assessment.fail(Concern::kRevocation, check, result.why);
      return;
    case crypto::Revocation::kMissing:
    case crypto::Revocation::kStale:
      break;
  }
  if (need == RevocationNeed::kRequired) {
    assessment.miss(Concern::kRevocation, check, result.why);
  } else {
    assessment.warn(Concern::kRevocation, check, result.why);
  }
}

}  // namespace strongroom::attest
