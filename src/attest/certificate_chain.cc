#include "attest/certificate_chain.h"

#include <fmt/format.h>

namespace strongroom::attest {

std::vector<crypto::Certificate> with_collateral(std::span<const crypto::Certificate> carried,
                                                 const VerificationOptions& options) {
  std::vector<crypto::Certificate> out(carried.begin(), carried.end());
  const auto& given = collateral_of(options).certificates;
  out.insert(out.end(), given.begin(), given.end());
  return out;
}

std::optional<JudgedChain> judge_chain(const crypto::Certificate& leaf,
                                       std::span<const crypto::Certificate> candidates,
                                       const ChainRules& rules, const VerificationOptions& options,
                                       Assessment& assessment) {
  constexpr auto kAuthenticity = Concern::kAuthenticity;
  auto chain = crypto::build_chain(leaf, candidates, rules.roots, options.time, cache_of(options));
  if (!chain) {
    assessment.judge(kAuthenticity, rules.chain, tl::unexpected<Error>(chain.error()), "");
    return std::nullopt;
  }
  JudgedChain judged;
  judged.fits = assessment.judge(kAuthenticity, rules.chain, rules.fits ? rules.fits(*chain) : Result<void>(),
                                 fmt::format("{} chains to {}", rules.about, chain->root));
  if (!rules.kept.empty()) assessment.keep_chain(options, rules.kept, *chain);
  if (rules.claims_root) {
    assessment.result.claims.root = chain->root;
  } else {
    assessment.supporting_roots.push_back(chain->root);
  }
  const Result<void> valid = crypto::check_validity(*chain, options.time);
  if (!valid && rules.may_expire) {
    assessment.warn(kAuthenticity, rules.validity, valid.error().message);
  } else {
    judged.valid = assessment.judge(kAuthenticity, rules.validity, valid, rules.valid);
  }
  if (!rules.revocation.empty()) judge_revocation(*chain, options, rules.revocation, rules.need, assessment);
  judged.chain = std::move(*chain);
  return judged;
}

Result<void> leaf_signs_data(const crypto::Chain& chain, std::string_view otherwise) {
  if (chain.leaf().may_sign_data() && !chain.leaf().is_authority()) return {};
  return fail(ErrorCode::kVerificationFailed, std::string(otherwise));
}

}  // namespace strongroom::attest
