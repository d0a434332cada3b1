// AWS Nitro documents at the time that they themselves name, and at others.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

TEST(NitroIndex, DocumentsHaveTheOutcomeOfTheIndex) {
  STRONGROOM_NEED_VECTORS();
  int rows = 0;
  for (vectors::Row row : vectors::table("dev/INDEX.tsv")) {
    if (!row["format"].starts_with("AWS Nitro")) continue;
    ++rows;
    const std::string& path = row["path"];
    const Bytes evidence = vectors::bytes(path);
    VerificationOptions options;
    const std::string& at = row["verify_at"];
    options.time = vectors::time(at.empty() ? "2023-01-01T00:00:00Z" : at.substr(0, at.find(' ')));
    const VerificationResult result = verify(evidence, options);
    const std::string trouble = path + "\n" + vectors::trouble(result);
    const auto said = [&](const char* what) { return row["verified_here"].find(what) != std::string::npos; };
    const bool authentic = said("cose_sig=True chain=True aws_root=True chain_valid_at_timestamp=True");
    const bool debug = row["notes"].find("debug(PCR0-2 zero)=True") != std::string::npos;
    EXPECT_EQ(result.authentic, authentic) << trouble;
    if (said("err=")) {
      EXPECT_EQ(result.verdict, Verdict::kMalformed) << trouble;
      continue;
    }
    EXPECT_EQ(result.verdict, authentic && !debug ? Verdict::kAccepted : Verdict::kRefused) << trouble;
    options.time += std::chrono::hours(24 * 365 * 10);
    EXPECT_EQ(verify(evidence, options).verdict, Verdict::kRefused) << trouble;
  }
  EXPECT_EQ(rows, 23);
}

}  // namespace
}  // namespace strongroom::attest
