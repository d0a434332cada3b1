#include "attest/nvidia/rim.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/format.h"
#include "attest/revocation.h"
#include "crypto/chain.h"

namespace strongroom::attest::nvidia {

bool looks_like_rim(ByteView bytes) {
  const std::string_view text = as_text(bytes.first(std::min<size_t>(bytes.size(), 1024)));
  const size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return begin != std::string_view::npos && text[begin] == '<' &&
         text.find("SoftwareIdentity") != std::string_view::npos;
}

bool judge_rim(ByteView xml, const Rim& rim, std::string_view prefix, const VerificationOptions& options,
               Assessment& assessment) {
  const auto name = [&](std::string_view what) { return fmt::format("{}.{}", prefix, what); };
  const auto signer = std::find_if(rim.certificates.begin(), rim.certificates.end(),
                                   [](const auto& certificate) { return !certificate.is_authority(); });
  if (signer == rim.certificates.end()) {
    assessment.fail(Concern::kAuthenticity, name("signature"), "the RIM names no certificate of a signer");
    return false;
  }
  bool good = assessment.judge(Concern::kAuthenticity, name("signature"), verify_rim_signature(xml, *signer),
                               "the RIM's XML signature holds for the whole document");
  std::vector<crypto::Certificate> candidates = rim.certificates;
  const auto& given = collateral_of(options).certificates;
  candidates.insert(candidates.end(), given.begin(), given.end());
  const auto chain = crypto::build_chain(*signer, candidates, trusted_roots(Vendor::kNvidiaRim, options),
                                         options.time, cache_of(options));
  if (!chain) {
    assessment.judge(Concern::kAuthenticity, name("chain"), tl::unexpected<Error>(chain.error()), "");
    return false;
  }
  good &= assessment.expect(signer->may_sign_data(), Concern::kAuthenticity, name("chain"),
                            fmt::format("the RIM's certificate chains to {}", chain->root),
                            "the RIM's certificate may not sign documents");
  good &=
      assessment.judge(Concern::kAuthenticity, name("validity"), crypto::check_validity(*chain, options.time),
                       "every certificate of the RIM's chain is valid at the chosen time");
  judge_revocation(*chain, options, name("revocation"), RevocationNeed::kOptional, assessment);
  return good;
}

}  // namespace strongroom::attest::nvidia
