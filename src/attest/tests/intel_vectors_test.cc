// Intel's quotes with the collateral of their time, against the verdicts of Intel's own library.
#include <gtest/gtest.h>

#include <algorithm>

#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}

class Scenario : public testing::TestWithParam<vectors::Row> {};

TEST_P(Scenario, HasTheOutcomeOfIntelsLibraryWithStrictDates) {
  vectors::Row row = GetParam();
  Collateral collateral;
  for (const char* column : {"tcbinfo", "qeidentity", "pck_crl", "root_crl", "tcb_signing_cert"})
    vectors::add(collateral, row[column]);
  VerificationOptions options;
  options.time = vectors::time(row["verify_at"]);
  options.collateral = &collateral;
  const VerificationResult result = verify(vectors::bytes(row["evidence"]), options);
  const std::string trouble = vectors::trouble(result);

  const bool dates_hold = row["pck_chain_time"] == "ok";
  const bool debug = row["debug"] == "debug";
  EXPECT_EQ(result.authentic, dates_hold) << trouble;
  EXPECT_EQ(result.claims.debug, debug);
  EXPECT_EQ(result.claims.root, "intel-sgx-root");
  const std::string& status = row["intel_qvl_tcb_result"];
  if (status.find("(reject)") != std::string::npos) {
    EXPECT_EQ(result.verdict, Verdict::kRefused) << trouble;
    EXPECT_EQ(result.tcb_status, "") << trouble;
    return;
  }
  EXPECT_EQ(result.tcb_status, status) << trouble;
  EXPECT_EQ(joined(result.advisories), row["advisory_ids"]) << trouble;
  const bool good = dates_hold && !debug && status == "UpToDate";
  EXPECT_EQ(result.verdict, good ? Verdict::kAccepted : Verdict::kRefused) << trouble;
}

std::vector<vectors::Row> scenarios() {
  return vectors::root().empty() ? std::vector<vectors::Row>{} : vectors::table("dev/SCENARIOS.tsv");
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Scenario);
INSTANTIATE_TEST_SUITE_P(Intel, Scenario, testing::ValuesIn(scenarios()),
                         [](const auto& info) { return info.param.at("scenario"); });

// Columns "verified_here" of the index: what the quote alone shows, whatever its collateral and date.
TEST(IntelIndex, SignaturesAndBindingAreJudgedAsVerifiedByHand) {
  STRONGROOM_NEED_VECTORS();
  int rows = 0;
  for (vectors::Row row : vectors::table("dev/INDEX.tsv")) {
    const std::string& path = row["path"];
    if (row["format"].find("DCAP quote") == std::string::npos ||
        row["verified_here"].find("ak_sig") == std::string::npos)
      continue;
    if (row["format"].starts_with("RA-TLS")) continue;
    ++rows;
    VerificationOptions options;
    options.time = vectors::time("2024-06-01T00:00:00Z");
    const VerificationResult result = verify(vectors::bytes(path), options);
    EXPECT_NE(result.verdict, Verdict::kAccepted) << path;  // there is no collateral
    const auto outcome = [&](std::string_view check) {
      for (const Finding& finding : result.findings)
        if (finding.check == check) return finding.outcome;
      return Outcome::kMissing;
    };
    const auto said = [&](const char* what) { return row["verified_here"].find(what) != std::string::npos; };
    EXPECT_EQ(outcome("quote.signature") == Outcome::kPassed, said("ak_sig=True"))
        << path << "\n"
        << vectors::trouble(result);
    EXPECT_EQ(outcome("qe_report.data") == Outcome::kPassed, said("qe_binding=True")) << path;
    if (said("qe_report_sig=True")) {
      EXPECT_EQ(outcome("qe_report.signature"), Outcome::kPassed) << path << "\n" << vectors::trouble(result);
    }
    if (said("qe_report_sig=False")) {
      EXPECT_EQ(outcome("qe_report.signature"), Outcome::kFailed) << path;
    }
    // This quote carries its chain as leaf, root, authority. That is not what is wrong with it.
    if (path.find("6dc7792a") != std::string::npos) continue;
    EXPECT_EQ(outcome("pck.chain") == Outcome::kPassed, said("chain=True intel_root=True"))
        << path << "\n"
        << vectors::trouble(result);
  }
  EXPECT_GT(rows, 70);
}

}  // namespace
}  // namespace strongroom::attest
