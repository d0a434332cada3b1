#include <gtest/gtest.h>

#include <sstream>

#include "attest/claim_list.h"
#include "attest/command/output.h"

namespace strongroom::attest {
namespace {

VerificationResult sample() {
  VerificationResult result;
  result.format = "snp-report-v2";
  result.verdict = Verdict::kRefused;
  result.tcb_status = "OutOfDate";
  result.claims.tee = "sev-snp";
  result.claims.report_data = Bytes(64, 0xab);
  result.claims.vendor["snp.a_name_that_is_far_too_long_for_its_column"] = uint64_t{7};
  result.claims.vendor["jwt.text"] =
      std::string("\x1b[31mred\xc2\x9b and a very long sentence of words that goes on and on");
  result.findings = {
      {"report.signature", Concern::kAuthenticity, Outcome::kPassed, "the key signed the report"},
      {"key.revocation", Concern::kRevocation, Outcome::kWarning,
       "no revocation list of the issuer is at hand; " + std::string(200, 'x')},
      {"debug", Concern::kGuard, Outcome::kFailed, "the guest policy allows debugging"},
      {"nonce", Concern::kFreshness, Outcome::kNotApplicable, "no nonce was asked for"},
      {"policy.a.claim.with.a.very.long.name", Concern::kPolicy, Outcome::kMissing, "absent"}};
  result.layers.push_back(result);
  return result;
}

std::string table(bool colour) {
  std::ostringstream out;
  write_table(sample(), {colour, 80}, out);
  return out.str();
}

TEST(Table, EveryLineFitsEightyColumns) {
  std::istringstream lines(table(false));
  size_t longest = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    longest = std::max(longest, line.size());
  }
  EXPECT_GT(longest, 70U);
}

TEST(Table, ShowsEveryCheckWithItsOutcomeAndWhy) {
  const std::string text = table(false);
  for (const Finding& finding : sample().findings) {
    EXPECT_NE(text.find(finding.check), std::string::npos) << finding.check;
    EXPECT_NE(text.find(finding.why.substr(0, 20)), std::string::npos) << finding.why;
  }
  EXPECT_NE(text.find("REFUSED  snp-report-v2, not authentic"), std::string::npos) << text;
  EXPECT_NE(text.find("1 failed, 1 missing, 1 warning, 1 passed, 1 not applicable"), std::string::npos);
}

TEST(Table, HasNoEscapeSequencesWithoutColourAndNoneOfTheEvidenceWithIt) {
  EXPECT_EQ(table(false).find('\x1b'), std::string::npos);
  EXPECT_EQ(table(false).find("\xc2\x9b"), std::string::npos);
  const std::string coloured = table(true);
  EXPECT_NE(coloured.find("\x1b[31mfailed\x1b[0m"), std::string::npos);
  EXPECT_NE(coloured.find("?[31mred"), std::string::npos);
}

TEST(Printable, KeepsTextAndDropsWhatTerminalsObey) {
  EXPECT_EQ(printable("Grüße, 雪"), "Grüße, 雪");
  EXPECT_EQ(printable("a\r\nb\x7f"), "a??b?");
  EXPECT_EQ(printable("\xe2\x80\xae reversed"), "? reversed");
  EXPECT_EQ(printable("\xff\xc3"), "??");
}

}  // namespace
}  // namespace strongroom::attest
