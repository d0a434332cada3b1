#include "crypto/rsa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/test_signing_key.h"

namespace strongroom::crypto {
namespace {

using testing::HasSubstr;

RsaPrivateKey test_key() {
  return RsaPrivateKey::from_pem(kTestSigningKey).value();
}

TEST(Rsa, ASignatureHoldsForItsMessageAndKeyAlone) {
  const RsaPrivateKey key = test_key();
  const RsaNumber signature = key.sign(as_bytes("message")).value();
  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), signature));
  const auto other_message = key.public_key().verify(as_bytes("massage"), signature);
  ASSERT_FALSE(other_message);
  EXPECT_EQ(other_message.error().code, ErrorCode::kVerificationFailed);
  RsaNumber modulus = key.public_key().modulus();
  modulus[100] ^= 1;
  EXPECT_FALSE(RsaPublicKey::from_modulus(modulus)->verify(as_bytes("message"), signature));
}

TEST(Rsa, EveryChangedByteOfASignatureIsFound) {
  const RsaPrivateKey key = test_key();
  RsaNumber signature = key.sign(as_bytes("message")).value();
  for (size_t i = 0; i < signature.size(); ++i) {
    signature[i] ^= 0x10;
    EXPECT_FALSE(key.public_key().verify(as_bytes("message"), signature)) << i;
    signature[i] ^= 0x10;
  }
  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), signature));
}

TEST(Rsa, APublicKeyComesBackFromModulusAndFromPem) {
  const RsaPrivateKey key = test_key();
  const RsaNumber signature = key.sign(as_bytes("message")).value();
  EXPECT_TRUE(RsaPublicKey::from_modulus(key.public_key().modulus())->verify(as_bytes("message"), signature));
  const RsaPublicKey from_pem = RsaPublicKey::from_pem(key.public_pem().value()).value();
  EXPECT_EQ(from_pem.modulus(), key.public_key().modulus());
  EXPECT_TRUE(from_pem.verify(as_bytes("message"), signature));
}

TEST(Rsa, AFreshKeyIsSavedForItsOwnerAloneAndLoadedAgain) {
  const RsaPrivateKey key = RsaPrivateKey::generate().value();
  EXPECT_NE(key.public_key().modulus(), test_key().public_key().modulus());
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "rsa_test_key.pem";
  ASSERT_TRUE(key.save(path));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(std::string(as_text(read_file(path).value())), HasSubstr("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(RsaPrivateKey::load(path)->public_key().modulus(), key.public_key().modulus());
  std::filesystem::remove(path);
}

TEST(Rsa, RefusesModuliThatCannotBe) {
  RsaNumber modulus = test_key().public_key().modulus();
  modulus.back() ^= 1;
  EXPECT_FALSE(RsaPublicKey::from_modulus(modulus));
  modulus.back() ^= 1;
  modulus.front() &= 0x7f;
  EXPECT_FALSE(RsaPublicKey::from_modulus(modulus));
  EXPECT_FALSE(RsaPublicKey::from_modulus(RsaNumber{}));
}

TEST(Rsa, RefusesWhatIsNoKey) {
  EXPECT_FALSE(RsaPrivateKey::from_pem(""));
  EXPECT_FALSE(RsaPrivateKey::from_pem({}));  // as an empty file is read; ended the process once
  EXPECT_FALSE(RsaPublicKey::from_pem({}));
  EXPECT_FALSE(RsaPrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(RsaPublicKey::from_pem(kTestSigningKey));
  const auto missing = RsaPrivateKey::load("/nonexistent/key.pem");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

// An Ed25519 key, RFC 8410, section 10.3.
TEST(Rsa, RefusesKeysOfOtherKinds) {
  const auto key = RsaPrivateKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(key.error().message, HasSubstr("3072"));
}

RsaNumber number(uint64_t value) {
  RsaNumber out{};
  for (size_t i = 0; i < 8; ++i) out[kRsaSize - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
  return out;
}

TEST(Rsa, QuotientsOfSmallNumbersAreWhatTheDefinitionSays) {
  // s = 100, n = 257: s^2 = 10000 = 38 * 257 + 234; 100 * 234 = 23400 = 91 * 257 + 13.
  EXPECT_EQ(rsa_quotients(number(257), number(100)).value(), (RsaQuotients{number(38), number(91)}));
  EXPECT_EQ(rsa_quotients(number(257), number(1)).value(), (RsaQuotients{number(0), number(0)}));
}

TEST(Rsa, QuotientsOfASignatureNotBelowTheModulusAreRefused) {
  EXPECT_FALSE(rsa_quotients(number(257), number(257)));
  EXPECT_FALSE(rsa_quotients(number(257), number(258)));
  EXPECT_FALSE(rsa_quotients(number(0), number(0)));
}

}  // namespace
}  // namespace strongroom::crypto
