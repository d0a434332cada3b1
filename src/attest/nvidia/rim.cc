#include "attest/nvidia/rim.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/certificate_chain.h"
#include "attest/format.h"
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
  const bool holds =
      assessment.judge(Concern::kAuthenticity, name("signature"), verify_rim_signature(xml, *signer),
                       "the RIM's XML signature holds for the whole document");
  const auto judged =
      judge_chain(*signer, with_collateral(rim.certificates, options),
                  {.roots = trusted_roots(Vendor::kNvidiaRim, options),
                   .chain = name("chain"),
                   .validity = name("validity"),
                   .revocation = name("revocation"),
                   .about = "the RIM's certificate",
                   .valid = "every certificate of the RIM's chain is valid at the chosen time",
                   .kept = std::string(prefix),
                   .claims_root = false,
                   .fits =
                       [](const auto& chain) {
                         return leaf_signs_data(chain, "the RIM's certificate may not sign documents");
                       }},
                  options, assessment);
  return holds && judged && judged->fits && judged->valid;
}

}  // namespace strongroom::attest::nvidia
