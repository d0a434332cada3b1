// Evidence that comes bundled: Oak's layers, statements of confidential containers, Open Enclave's and
// Signal's framing, NVIDIA's detached tokens, and collateral as other verifiers keep it.
#include <gtest/gtest.h>

#include <algorithm>

#include "attest/collateral.h"
#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

VerificationResult judge(const Bytes& evidence, const std::vector<std::string>& collateral,
                         const char* time) {
  Collateral all;
  for (const std::string& path : collateral) vectors::add(all, path);
  VerificationOptions options;
  options.time = vectors::time(time);
  options.collateral = &all;
  return verify(evidence, options);
}

TEST(BundleIndex, OaksEvidenceVerifiesWithTheKeyOfItsChip) {
  STRONGROOM_NEED_VECTORS();
  std::vector<std::string> collateral = {"common/amd"};
  for (const vectors::Row& row : vectors::table("dev/INDEX.tsv"))
    if (row.at("format") == "AMD VCEK X.509 DER") collateral.push_back(row.at("path"));
  for (const char* path :
       {"dev/bundles/oak_genoa_oc_evidence.binarypb", "dev/bundles/oak_turin_oc_evidence.binarypb",
        "dev/bundles/oak_milan_oc_release_evidence.binarypb", "dev/bundles/oak_cb_evidence.binarypb"}) {
    const Bytes evidence = vectors::bytes(path);
    const VerificationResult result = judge(evidence, collateral, "2026-06-01T00:00:00Z");
    EXPECT_EQ(result.verdict, Verdict::kAccepted) << path << " " << result.format << "\n"
                                                  << vectors::trouble(result);
    EXPECT_TRUE(result.format.starts_with("oak/snp-report-v")) << result.format;
    Bytes changed = evidence;
    changed[evidence.size() - 20] ^= 1;
    EXPECT_NE(judge(changed, collateral, "2026-06-01T00:00:00Z").verdict, Verdict::kAccepted) << path;
    EXPECT_EQ(judge(evidence, {"common/amd"}, "2026-06-01T00:00:00Z").verdict, Verdict::kUndetermined)
        << path;
  }
}

TEST(BundleIndex, StatementOfAConfidentialContainerVerifies) {
  STRONGROOM_NEED_VECTORS();
  const Bytes statement = vectors::bytes("dev/bundles/css-attested-cosesign1-20250925.cose");
  const VerificationResult result = judge(statement, {}, "2025-09-25T00:00:00Z");
  EXPECT_EQ(result.verdict, Verdict::kAccepted) << result.format << "\n" << vectors::trouble(result);
  EXPECT_EQ(std::get<uint64_t>(result.claims.vendor.at("uvm.svn")), 101U);
  Bytes changed = statement;
  changed.back() ^= 1;
  EXPECT_EQ(judge(changed, {}, "2025-09-25T00:00:00Z").verdict, Verdict::kRefused);
}

TEST(BundleIndex, EndorsementOfAUtilityVmIsAuthenticAndNeverAccepted) {
  STRONGROOM_NEED_VECTORS();
  const Bytes endorsement = vectors::bytes("dev/bundles/aci_uvm_reference_info.bin");
  const VerificationResult result = judge(endorsement, {}, "2023-06-01T00:00:00Z");
  EXPECT_TRUE(result.authentic) << vectors::trouble(result);
  EXPECT_EQ(result.verdict, Verdict::kUndetermined) << vectors::trouble(result);
  Bytes changed = endorsement;
  changed.back() ^= 1;
  EXPECT_EQ(judge(changed, {}, "2023-06-01T00:00:00Z").verdict, Verdict::kRefused);
}

TEST(BundleIndex, OpenEnclavesEvidenceIsAQuoteWithItsEndorsements) {
  STRONGROOM_NEED_VECTORS();
  // The files begin with the licence as lines of comment.
  const auto bare = [](const char* path) {
    Bytes content = vectors::bytes(path);
    while (content.size() > 1 && content.front() == '#')
      content.erase(content.begin(), std::find(content.begin(), content.end(), '\n') + 1);
    return content;
  };
  const VerificationResult result = judge(bare("dev/bundles/openenclave_evidence"),
                                          {"dev/bundles/openenclave_endorsements"}, "2022-05-01T00:00:00Z");
  EXPECT_TRUE(result.authentic) << result.format << "\n" << vectors::trouble(result);
  EXPECT_EQ(result.claims.debug, true);
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_FALSE(result.tcb_status.empty()) << vectors::trouble(result);
}

TEST(BundleIndex, SignalsHandshakesCarryWhatTheyAreVerifiedWith) {
  STRONGROOM_NEED_VECTORS();
  for (const char* path :
       {"dev/bundles/libsignal_cdsi.handshakestart", "dev/bundles/libsignal_svr2.handshakestart"}) {
    const Bytes handshake = vectors::bytes(path);
    const VerificationResult result = judge(handshake, {}, "2026-07-30T17:31:28Z");
    EXPECT_EQ(result.format, "signal/sgx-quote-v3");
    EXPECT_TRUE(result.authentic) << path << "\n" << vectors::trouble(result);
    EXPECT_FALSE(result.tcb_status.empty()) << path << "\n" << vectors::trouble(result);
    EXPECT_TRUE(result.claims.vendor.contains("oe.pk")) << path;
    EXPECT_NE(result.verdict, Verdict::kUndetermined) << path << "\n" << vectors::trouble(result);
    // What was current then is stale later.
    EXPECT_NE(judge(handshake, {}, "2027-07-30T00:00:00Z").verdict, Verdict::kAccepted) << path;
  }
}

TEST(BundleIndex, CollateralOfOthersIsTakenApart) {
  STRONGROOM_NEED_VECTORS();
  for (const vectors::Row& row : vectors::table("dev/INDEX.tsv")) {
    const std::string& path = row.at("path");
    const bool whole =
        path.find("ollateral") != std::string::npos || path.find("endorsement") != std::string::npos;
    if (!path.starts_with("dev/bundles/") || !whole) continue;
    Collateral collateral;
    const auto kinds = collateral.add(vectors::bytes(path), path);
    ASSERT_TRUE(kinds.has_value()) << path << " " << kinds.error().message;
    const CollateralContents& contents = collateral.contents();
    EXPECT_EQ(contents.tcb_infos.size(), 1U) << path;
    EXPECT_EQ(contents.enclave_identities.size(), 1U) << path;
    EXPECT_EQ(contents.revocation_lists.size(), 2U) << path;
    EXPECT_GE(contents.certificates.size(), 4U) << path;
  }
}

TEST(BundleIndex, DetachedTokensAreThoseThatTheFirstOneDigests) {
  STRONGROOM_NEED_VECTORS();
  const Bytes bundle = vectors::bytes("dev/nvidia/hopperClaimsv3_detached_eat.json");
  const VerificationResult result = judge(bundle, {}, "2025-06-11T02:00:00Z");
  EXPECT_EQ(result.format, "detached-eat");
  EXPECT_EQ(result.verdict, Verdict::kRefused) << vectors::trouble(result);  // expired by then
  const VerificationResult then = judge(bundle, {}, "2025-06-11T00:31:00Z");
  ASSERT_EQ(then.layers.size(), 1U);
  EXPECT_EQ(then.layers[0].findings[0].check, "token.digest");
  EXPECT_EQ(then.layers[0].findings[0].outcome, Outcome::kPassed) << vectors::trouble(then);
}

}  // namespace
}  // namespace strongroom::attest
