#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include "crypto/signature_cache.h"
#include "crypto/signing_key.h"

namespace strongroom::crypto {
namespace {

TEST(PublicKey, ASignatureThatDoesNotVerifyChangesNothingForTheNext) {
  const auto key = SigningKey::generate(KeyType::kP384);
  ASSERT_TRUE(key);
  const Bytes good = key->sign(as_bytes("message")).value();
  Bytes bad = good;
  bad.back() ^= 1;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha384, as_bytes("message"), good));
    EXPECT_FALSE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha384, as_bytes("message"), bad));
    EXPECT_FALSE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha384, as_bytes("massage"), good));
  }
  // A digest of another length than before is judged as it comes.
  EXPECT_FALSE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha256, as_bytes("message"), good));
  EXPECT_TRUE(verify_ecdsa(key->public_key(), HashAlgorithm::kSha384, as_bytes("message"), good));
}

TEST(SignatureCache, KeepsPointsApartByCurveAndValue) {
  SignatureCache cache(2);
  for (int i = 0; i < 4; ++i) {  // more than it keeps
    const auto key = SigningKey::generate(KeyType::kP256);
    ASSERT_TRUE(key);
    const Bytes point = key->public_key().point();
    for (int again = 0; again < 2; ++again) EXPECT_EQ(cache.point(KeyType::kP256, point)->point(), point);
    EXPECT_FALSE(cache.point(KeyType::kP384, point));
    Bytes beside = point;
    beside.back() ^= 1;
    EXPECT_FALSE(cache.point(KeyType::kP256, beside));
  }
}

}  // namespace
}  // namespace strongroom::crypto
