#include "crypto/signing_key.h"

#include <gtest/gtest.h>

namespace strongroom::crypto {
namespace {

TEST(SigningKey, SignsWhatItsPublicKeyVerifiesOnEveryCurve) {
  for (const auto& [curve, hash] : {std::pair{KeyType::kP256, HashAlgorithm::kSha256},
                                    {KeyType::kP384, HashAlgorithm::kSha384},
                                    {KeyType::kP521, HashAlgorithm::kSha512}}) {
    const auto key = SigningKey::generate(curve);
    ASSERT_TRUE(key) << key.error().message;
    const auto again = SigningKey::from_pem(key->pem().value());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->public_key().fingerprint(), key->public_key().fingerprint());
    const auto signature = again->sign(as_bytes("message"));
    ASSERT_TRUE(signature);
    EXPECT_TRUE(verify_ecdsa(key->public_key(), hash, as_bytes("message"), *signature));
    EXPECT_FALSE(verify_ecdsa(key->public_key(), hash, as_bytes("massage"), *signature));
  }
}

TEST(SigningKey, RefusesWhatIsNoSuchKey) {
  EXPECT_FALSE(SigningKey::from_pem("nothing"));
  EXPECT_FALSE(SigningKey::from_pem(""));
  EXPECT_FALSE(SigningKey::generate(KeyType::kRsa));
  const auto key = SigningKey::generate(KeyType::kP256);
  EXPECT_FALSE(SigningKey::from_pem(key->public_pem().value()));
}

}  // namespace
}  // namespace strongroom::crypto
