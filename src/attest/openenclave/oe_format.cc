#include "attest/openenclave/oe_format.h"

#include <fmt/format.h>

#include "attest/binding.h"
#include "attest/cmw/cmw_format.h"
#include "attest/openenclave/oe_evidence.h"
#include "crypto/digest.h"

namespace strongroom::attest::openenclave {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

void judge(std::string_view name, const Result<OeEvidence>& evidence, const VerificationOptions* options,
           Assessment& assessment) {
  if (!evidence) {
    assessment.malformed(evidence.error());
    return;
  }
  if (options == nullptr || evidence->endorsements.empty()) {
    cmw::unwrap(name, evidence->quote, options, assessment);
  } else {
    Collateral carried;
    if (const auto kinds = carried.add(evidence->endorsements, "endorsements"); !kinds)
      assessment.warn(Concern::kTcb, "endorsements", kinds.error().message);
    const Collateral joined = join_carried(options->collateral, carried.contents());
    VerificationOptions with_carried = *options;
    with_carried.collateral = &joined;
    cmw::unwrap(name, evidence->quote, &with_carried, assessment);
  }
  for (const auto& [claim, value] : evidence->claim_list)
    assessment.result.claims.vendor["oe." + claim] = value;
  if (options == nullptr || evidence->claims.empty()) return;
  assessment.expect(binds_hash(assessment.result.claims.report_data, crypto::sha256(evidence->claims)),
                    kAuthenticity, "claims.binding", "the report's data are the hash of the claims",
                    "the report's data are not the hash of the claims");
}

void judge_oe(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  judge("oe", parse_oe_evidence(bytes), options, assessment);
}
void judge_signal(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  judge("signal", parse_signal_handshake(bytes), options, assessment);
}

}  // namespace

constinit const EvidenceFormat kOeFormat = {"oe", "quotes in Open Enclave's framing, with its claims",
                                            looks_like_oe_evidence, decode_by<judge_oe>, verify_by<judge_oe>};
constinit const EvidenceFormat kSignalFormat = {"signal", "handshakes of Signal's enclaves",
                                                looks_like_signal_handshake, decode_by<judge_signal>,
                                                verify_by<judge_signal>};

}  // namespace strongroom::attest::openenclave
