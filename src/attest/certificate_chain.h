// A certificate's chain to a trusted root, judged as every format with certificates judges it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attest/format.h"
#include "attest/revocation.h"

namespace strongroom::attest {

// How one format judges its chain, and the words it has for that.
struct ChainRules {
  std::vector<crypto::TrustedKey> roots;
  std::string chain, validity, revocation;  // the checks' names; without the last revocation is not asked for
  std::string about = "the certificate";    // "... chains to ROOT"
  std::string valid = "every certificate of the chain is valid at the chosen time";
  RevocationNeed need = RevocationNeed::kOptional;
  std::string kept;         // what VerificationResult::chains calls it; empty: it is not kept
  bool claims_root = true;  // its root becomes that of the evidence; else it is a supporting one
  bool may_expire = false;  // a chain that is not valid at the time is a warning
  // What the format demands of a chain beyond RFC 5280; null: nothing.
  std::function<Result<void>(const crypto::Chain&)> fits = nullptr;
};

struct JudgedChain {
  crypto::Chain chain;
  bool fits = false;   // the check `chain` passed
  bool valid = false;  // the check `validity` passed
};

// Certificates that came with the evidence, and those of the collateral.
std::vector<crypto::Certificate> with_collateral(std::span<const crypto::Certificate> carried,
                                                 const VerificationOptions& options);

// Finds the chain of `leaf` through `candidates`, and writes the findings. None where there is no chain at
// all, which is then a finding, too.
std::optional<JudgedChain> judge_chain(const crypto::Certificate& leaf,
                                       std::span<const crypto::Certificate> candidates,
                                       const ChainRules& rules, const VerificationOptions& options,
                                       Assessment& assessment);

// For ChainRules::fits: the leaf signs data, and is no authority. `otherwise` says what it may not do.
Result<void> leaf_signs_data(const crypto::Chain& chain, std::string_view otherwise);

}  // namespace strongroom::attest
