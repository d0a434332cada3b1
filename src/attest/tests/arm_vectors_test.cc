// Arm's tokens with the keys that belong to them.
#include <gtest/gtest.h>

#include "attest/tests/vectors.h"

namespace strongroom::attest {
namespace {

struct Row {
  const char* token;
  const char* key;
  bool authentic;
};
constexpr Row kRows[] = {
    {"dev/cca/trustee_cca-example-token.cbor", "dev/cca/trustee_cpak-pub.json", true},
    {"dev/cca/islet_ratls_token.bin", "dev/cca/islet_cpak_public.bin", true},
    {"dev/cca/islet_rsictl_token.bin", "dev/cca/islet_cpak_public.bin", false},
    {"dev/cca/islet_ratls_token.bin", "dev/cca/trustee_cpak-pub.json", false},
    {"dev/psa/tfm_psa-2_0_0_sign1.bin", "dev/psa/tfm_public.pem", true},
    {"dev/psa/tfm_psa-2_0_0_sign1.bin", "dev/cca/trustee_cpak-pub.json", false},
    {"dev/psa/tfm-iat_missing-claim.cbor", "dev/psa/tfm_public.pem", false},
    {"dev/psa/tfm-iat_invalid-profile-id.cbor", "dev/psa/tfm_public.pem", false},
    {"dev/psa/tfm-iat_submod-missing-claim.cbor", "dev/psa/tfm_public.pem", false},
    {"dev/psa/tfm_psa-2_0_0_mac0.bin", "dev/psa/tfm_public.pem", false},
};

TEST(ArmIndex, TokensVerifyWithTheirKeyAndNoOther) {
  STRONGROOM_NEED_VECTORS();
  for (const Row& row : kRows) {
    Collateral collateral;
    vectors::add(collateral, row.key);
    VerificationOptions options;
    options.time = vectors::time("2026-01-01T00:00:00Z");
    options.collateral = &collateral;
    const VerificationResult result = verify(vectors::bytes(row.token), options);
    EXPECT_EQ(result.authentic, row.authentic) << row.token << "\n" << vectors::trouble(result);
    EXPECT_EQ(result.verdict == Verdict::kAccepted, row.authentic) << row.token << "\n"
                                                                   << vectors::trouble(result);
    VerificationOptions bare;
    bare.time = options.time;
    EXPECT_FALSE(verify(vectors::bytes(row.token), bare).authentic) << row.token;
  }
}

}  // namespace
}  // namespace strongroom::attest
