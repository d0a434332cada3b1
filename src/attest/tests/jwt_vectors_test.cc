// Tokens of attestation services, with the keys that are known.
#include <gtest/gtest.h>

#include "attest/rfc3339.h"
#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

TEST(JwtIndex, TokensVerifyWithTheirKeyAndNoOther) {
  STRONGROOM_NEED_VECTORS();
  int verified = 0, unknown = 0;
  for (vectors::Row row : vectors::table("dev/INDEX.tsv")) {
    if (!row["format"].starts_with("JWT ")) continue;
    const Bytes token = vectors::bytes(row["path"]);
    VerificationOptions options;
    Collateral collateral;
    options.collateral = &collateral;
    const std::string& at = row["verify_at"];
    options.time = vectors::time("2024-01-01T00:00:00Z");
    if (at != "exp=None") options.time = Time(std::chrono::seconds(std::stoll(at.substr(4)) - 1));
    // A sealed secret, which is no token of evidence, has a critical header.
    if (row["path"].find("963ed34a") != std::string::npos) {
      EXPECT_EQ(verify(token, options).verdict, Verdict::kMalformed);
      ++unknown;
      continue;
    }
    const auto signature = [&](const VerificationResult& result) {
      for (const Finding& finding : result.findings)
        if (finding.check == "token.signature") return finding.outcome;
      return Outcome::kNotApplicable;
    };
    // The key in the header proves nothing.
    VerificationResult result = verify(token, options);
    EXPECT_EQ(signature(result), Outcome::kMissing) << row["path"] << vectors::trouble(result);
    EXPECT_FALSE(result.authentic);
    std::string key = row["path"];
    key.replace(key.size() - 3, 3, "pubkey.pem");
    if (!std::filesystem::exists(vectors::root() / key)) {
      ++unknown;
      continue;
    }
    vectors::add(collateral, key);
    result = verify(token, options);
    EXPECT_EQ(signature(result), Outcome::kPassed) << row["path"] << vectors::trouble(result);
    ++verified;
    if (at != "exp=None") {
      options.time += std::chrono::seconds(1);
      EXPECT_FALSE(verify(token, options).authentic) << "expired " << row["path"];
    }
    Bytes changed = token;
    changed[changed.size() / 2] ^= 1;
    EXPECT_NE(verify(changed, options).verdict, Verdict::kAccepted);
  }
  EXPECT_EQ(verified, 10);
  EXPECT_EQ(verified + unknown, 23);
}

}  // namespace
}  // namespace strongroom::attest
