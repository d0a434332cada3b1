// Wrappers around evidence: CMW, ratsd, TSM reports, RA-TLS certificates.
#include <gtest/gtest.h>

#include "attest/cmw/cmw.h"
#include "attest/tests/vectors.h"
#include "base/encoding.h"

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

TEST(CmwIndex, TsmReportAndRatsdTokenHoldTheirReport) {
  STRONGROOM_NEED_VECTORS();
  for (const char* path : {"dev/cmw/sevsnp_sevsnp-tsm-report.cbor", "dev/cmw/sevsnp_sevsnp-ratsd-token"}) {
    const VerificationResult result = judge(vectors::bytes(path), {"common/amd"}, "2025-06-01T00:00:00Z");
    EXPECT_EQ(result.verdict, Verdict::kAccepted) << path << " " << result.format << "\n"
                                                  << vectors::trouble(result);
  }
}

TEST(CmwIndex, CollectionsOfOthersAreReadAndWrittenBack) {
  STRONGROOM_NEED_VECTORS();
  for (const char* path : {"dev/cmw/collection-cbor-ok.cbor", "dev/cmw/collection-cbor-mixed-keys.cbor"}) {
    const Bytes content = vectors::bytes(path);
    ASSERT_TRUE(cmw::looks_like_cmw(content)) << path;
    const auto message = cmw::parse_cmw(content);
    ASSERT_TRUE(message.has_value()) << path << " " << message.error().message;
    const std::string json = cmw::to_json(*message);
    const auto again = cmw::parse_cmw(as_bytes(json));
    EXPECT_TRUE(again.has_value()) << json;
    // What they hold is of kinds that nobody knows.
    const VerificationResult result = judge(content, {}, "2025-06-01T00:00:00Z");
    EXPECT_EQ(result.verdict, Verdict::kUndetermined) << path << "\n" << vectors::trouble(result);
    EXPECT_EQ(result.format, "cmw");
  }
}

TEST(RaTlsIndex, CertificatesBindTheirKeyAndTheirQuotesAreAuthentic) {
  STRONGROOM_NEED_VECTORS();
  for (const char* path : {"dev/ratls/interoperable-ra-tls_gramine-cert.pem",
                           "dev/ratls/interoperable-ra-tls_intel-sgxsdk-cert.pem"}) {
    const VerificationResult result = judge(vectors::bytes(path), {"common/intel"}, "2024-01-15T00:00:00Z");
    bool bound = false;
    for (const Finding& finding : result.findings)
      bound = bound || (finding.check == "ra_tls.binding" && finding.outcome == Outcome::kPassed);
    EXPECT_TRUE(bound) << path << " " << result.format << "\n" << vectors::trouble(result);
    EXPECT_TRUE(result.authentic) << path << "\n" << vectors::trouble(result);
  }
}

}  // namespace
}  // namespace strongroom::attest
