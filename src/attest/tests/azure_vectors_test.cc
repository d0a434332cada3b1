// Azure confidential VMs: HCL reports, and the JSON with a vTPM quote.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

VerificationResult judge(const Bytes& evidence, std::string_view nonce, const char* time) {
  Collateral collateral;
  vectors::add(collateral, "common/amd");
  VerificationOptions options;
  options.time = vectors::time(time);
  options.collateral = &collateral;
  if (!nonce.empty()) options.nonce = from_hex(nonce).value();
  return verify(evidence, options);
}

struct Row {
  const char* path;
  const char* nonce;
  const char* time;
};
constexpr Row kSnp[] = {
    {"dev/azure/trustee_evidence-v0_snp.json", "6368616c6c656e6765", "2026-01-01T00:00:00Z"},
    {"dev/azure/trustee_evidence-genoa_snp.json",
     "0218488bae25d2509232bf676f1a66a30d7372add909109b36016ef136f2938ca05475f8b46094de6b64270ea35d950f",
     "2026-01-01T00:00:00Z"}};

TEST(AzureIndex, SnpEvidenceIsAcceptedWithItsNonceAlone) {
  STRONGROOM_NEED_VECTORS();
  for (const Row& row : kSnp) {
    const Bytes evidence = vectors::bytes(row.path);
    const VerificationResult result = judge(evidence, row.nonce, row.time);
    EXPECT_EQ(result.verdict, Verdict::kAccepted) << row.path << "\n" << vectors::trouble(result);
    EXPECT_EQ(result.format, "azure-cvm-evidence");
    EXPECT_EQ(judge(evidence, "00", row.time).verdict, Verdict::kRefused);
  }
}

TEST(AzureIndex, TdxEvidenceIsAuthenticAndItsTcbUnknownWithoutCollateral) {
  STRONGROOM_NEED_VECTORS();
  const VerificationResult result =
      judge(vectors::bytes("dev/azure/attestation-rs_live-evidence_tdx.json"),
            "6174746573746174696f6e2d746573742d66697874757265", "2026-03-18T00:00:00Z");
  EXPECT_TRUE(result.authentic) << vectors::trouble(result);
  EXPECT_EQ(result.verdict, Verdict::kUndetermined) << vectors::trouble(result);
}

TEST(AzureIndex, HclReportsAloneBindTheirRuntimeData) {
  STRONGROOM_NEED_VECTORS();
  Collateral collateral;
  vectors::add(collateral, "common/amd");
  vectors::add(collateral, "dev/azure/azure-cvm-tooling_certs.pem");
  VerificationOptions options;
  options.time = vectors::time("2024-01-01T00:00:00Z");
  options.collateral = &collateral;
  const VerificationResult result =
      verify(vectors::bytes("dev/azure/azure-cvm-tooling_hcl-report-snp.bin"), options);
  const auto passed = [&](std::string_view check) {
    for (const Finding& finding : result.findings)
      if (finding.check == check) return finding.outcome == Outcome::kPassed;
    return false;
  };
  EXPECT_TRUE(passed("runtime_data.binding")) << vectors::trouble(result);
  // A TDREPORT cannot be checked elsewhere.
  EXPECT_EQ(verify(vectors::bytes("dev/azure/constellation_hclreport.bin"), options).verdict,
            Verdict::kUndetermined);
}

}  // namespace
}  // namespace strongroom::attest
