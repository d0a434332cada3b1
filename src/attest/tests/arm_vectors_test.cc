// Arm's tokens with the keys that belong to them.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"
#include "base/bytes.h"
#include "base/encoding.h"
#include "crypto/signing_key.h"

namespace strongroom::attest {
namespace {

struct Row {
  const char* token;
  const char* key;
  bool authentic;
  Verdict verdict = Verdict::kAccepted;
};
constexpr Row kRows[] = {
    {"dev/cca/trustee_cca-example-token.cbor", "dev/cca/trustee_cpak-pub.json", true},
    {"dev/cca/islet_ratls_token.bin", "dev/cca/islet_cpak_public.bin", true},
    {"dev/cca/islet_rsictl_token.bin", "dev/cca/islet_cpak_public.bin", false, Verdict::kRefused},
    {"dev/cca/islet_ratls_token.bin", "dev/cca/trustee_cpak-pub.json", false, Verdict::kRefused},
    {"dev/psa/tfm_psa-2_0_0_sign1.bin", "dev/psa/tfm_public.pem", true},
    {"dev/psa/tfm_psa-2_0_0_sign1.bin", "dev/cca/trustee_cpak-pub.json", false, Verdict::kRefused},
    {"dev/psa/tfm-iat_cca_example_platform_token.cbor", "common/tfm-iat/cca_platform.pem", true},
    {"dev/psa/tfm-iat_cca_example_token.cbor", "common/tfm-iat/cca_platform.pem", true},
    {"dev/psa/tfm-iat_cca_token.cbor", "common/tfm-iat/cca_platform.pem", true},
    {"dev/psa/tfm-iat_cca_token.cbor", "common/tfm-iat/key.pem", false, Verdict::kRefused},
    {"dev/psa/tfm-iat_no-sw-measurements.cbor", "common/tfm-iat/key.pem", true, Verdict::kRefused},
    {"dev/psa/tfm-iat_no-sw-measurements.cbor", "common/tfm-iat/key-alt.pem", false, Verdict::kRefused},
    {"dev/psa/tfm-iat_missing-claim.cbor", "common/tfm-iat/key.pem", false, Verdict::kMalformed},
    {"dev/psa/tfm-iat_invalid-profile-id.cbor", "common/tfm-iat/key.pem", false, Verdict::kMalformed},
    {"dev/psa/tfm-iat_submod-missing-claim.cbor", "common/tfm-iat/key.pem", false, Verdict::kMalformed},
    {"dev/psa/tfm-iat_iat-hmac.cbor", "common/tfm-iat/hmac.key", true},
    // Its secret is none of those that are here.
    {"dev/psa/tfm_psa-2_0_0_mac0.bin", "common/tfm-iat/hmac.key", false, Verdict::kRefused},
};

// The keys of TF-M's own tests are private ones, and its secret is bare.
void add_key(Collateral& collateral, const std::string& path) {
  if (path.starts_with("common/tfm-iat/") && path.ends_with(".pem")) {
    const auto key = crypto::SigningKey::from_pem(as_text(vectors::bytes(path)));
    ASSERT_TRUE(key.has_value()) << path;
    ASSERT_TRUE(collateral.add(as_bytes(key->public_pem().value()), path).has_value());
  } else if (path.ends_with(".key")) {
    const std::string jwk = R"({"kty":"oct","k":")" + to_base64url(vectors::bytes(path)) + "\"}";
    ASSERT_TRUE(collateral.add(as_bytes(jwk), path).has_value());
  } else {
    vectors::add(collateral, path);
  }
}

TEST(ArmIndex, TokensVerifyWithTheirKeyAndNoOther) {
  STRONGROOM_NEED_VECTORS();
  for (const Row& row : kRows) {
    Collateral collateral;
    add_key(collateral, row.key);
    VerificationOptions options;
    options.time = vectors::time("2026-01-01T00:00:00Z");
    options.collateral = &collateral;
    const VerificationResult result = verify(vectors::bytes(row.token), options);
    EXPECT_EQ(result.authentic, row.authentic) << row.token << "\n" << vectors::trouble(result);
    EXPECT_EQ(result.verdict, row.verdict) << row.token << "\n" << vectors::trouble(result);
    VerificationOptions bare;
    bare.time = options.time;
    EXPECT_FALSE(verify(vectors::bytes(row.token), bare).authentic) << row.token;
  }
}

}  // namespace
}  // namespace strongroom::attest
