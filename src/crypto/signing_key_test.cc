#include "crypto/signing_key.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

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

TEST(SigningKey, FollowsFromItsSeed) {
  Bytes seed(40, 0x5a);
  const auto key = SigningKey::from_seed(KeyType::kP256, seed);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(SigningKey::from_seed(KeyType::kP256, seed)->public_key().spki(), key->public_key().spki());
  EXPECT_TRUE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha256, as_bytes("message"),
                           key->sign(as_bytes("message")).value()));
  EXPECT_EQ(PublicKey::from_point(KeyType::kP256, key->public_key().point())->spki(),
            key->public_key().spki());
  seed[39] ^= 1;
  EXPECT_NE(SigningKey::from_seed(KeyType::kP256, seed)->public_key().spki(), key->public_key().spki());
  // d = (0 mod (n - 1)) + 1, so the key is the curve's base point (SEC 2, section 2.4.2).
  const Bytes base = SigningKey::from_seed(KeyType::kP256, Bytes(40))->public_key().point();
  EXPECT_EQ(to_hex(base),
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  EXPECT_FALSE(SigningKey::from_seed(KeyType::kP256, Bytes(39)));
  EXPECT_FALSE(SigningKey::from_seed(KeyType::kRsa, Bytes(40)));
  EXPECT_TRUE(SigningKey::from_seed(KeyType::kP384, Bytes(56, 1)));
  EXPECT_TRUE(SigningKey::from_seed(KeyType::kP521, Bytes(74, 1)));
}

TEST(SigningKey, RefusesWhatIsNoSuchKey) {
  EXPECT_FALSE(SigningKey::from_pem("nothing"));
  EXPECT_FALSE(SigningKey::from_pem(""));
  EXPECT_FALSE(SigningKey::from_pem({}));
  EXPECT_FALSE(SigningKey::generate(KeyType::kRsa));
  const auto key = SigningKey::generate(KeyType::kP256);
  EXPECT_FALSE(SigningKey::from_pem(key->public_pem().value()));
}

}  // namespace
}  // namespace strongroom::crypto
