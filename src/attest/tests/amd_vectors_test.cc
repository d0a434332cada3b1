// AMD's reports with the certificates that belong to them.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

std::vector<vectors::Row> reports() {
  std::vector<vectors::Row> out;
  if (vectors::root().empty()) return out;
  for (vectors::Row& row : vectors::table("dev/INDEX.tsv"))
    if (row["format"].starts_with("AMD SEV-SNP report")) out.push_back(row);
  return out;
}

void add_list(Collateral& collateral, const std::string& list) {
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(';', begin), list.size());
    vectors::add(collateral, list.substr(begin, end - begin));
    begin = end + 1;
  }
}

// The middle of the validity of the leaf certificate that `list` begins with.
Time time_inside(const std::string& list, const Collateral&) {
  const std::string leaf = list.substr(0, list.find(';'));
  for (vectors::Row& row : vectors::table("dev/INDEX.tsv"))
    if (row["path"] == leaf) {
      std::string from = row["verify_at"].substr(0, 19);
      from[10] = 'T';
      return vectors::time(from + "Z") + std::chrono::hours(24 * 30);
    }
  ADD_FAILURE() << leaf << " is not in the index";
  return {};
}

class SnpReport : public testing::TestWithParam<vectors::Row> {};

TEST_P(SnpReport, HasTheOutcomeOfTheIndex) {
  vectors::Row row = GetParam();
  const Bytes evidence = vectors::bytes(row["path"]);
  Collateral collateral;
  VerificationOptions options;
  options.collateral = &collateral;
  options.time = vectors::time("2025-06-01T00:00:00Z");
  if (row["collateral"].empty()) {
    const VerificationResult result = verify(evidence, options);
    EXPECT_EQ(result.verdict, Verdict::kUndetermined) << vectors::trouble(result);
    EXPECT_FALSE(result.authentic);
    return;
  }
  add_list(collateral, row["collateral"]);
  options.time = time_inside(row["collateral"], collateral);
  const VerificationResult result = verify(evidence, options);
  const bool debug = row["notes"].find("debug=True") != std::string::npos;
  EXPECT_TRUE(result.authentic) << vectors::trouble(result);
  EXPECT_EQ(result.claims.debug, debug);
  EXPECT_EQ(result.verdict, debug ? Verdict::kRefused : Verdict::kAccepted) << vectors::trouble(result);
  options.time = vectors::time("2019-01-01T00:00:00Z");
  EXPECT_EQ(verify(evidence, options).verdict, Verdict::kRefused);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnpReport);
INSTANTIATE_TEST_SUITE_P(Amd, SnpReport, testing::ValuesIn(reports()), [](const auto& info) {
  std::string name = info.param.at("path");
  name = name.substr(name.rfind('/') + 1);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
});

TEST(SnpIndex, AReportDoesNotVerifyWithAKeyThatDidNotSignIt) {
  STRONGROOM_NEED_VECTORS();
  for (vectors::Row& row : reports()) {
    if (row["path"].find("7c614616") == std::string::npos) continue;
    Collateral collateral;
    vectors::add(collateral, "dev/snp/trustee_test-vcek-invalid-legacy.der");
    vectors::add(collateral, "common/amd");
    VerificationOptions options;
    options.collateral = &collateral;
    options.time = vectors::time("2025-01-01T00:00:00Z");
    const VerificationResult result = verify(vectors::bytes(row["path"]), options);
    EXPECT_EQ(result.verdict, Verdict::kRefused) << vectors::trouble(result);
  }
}

}  // namespace
}  // namespace strongroom::attest
