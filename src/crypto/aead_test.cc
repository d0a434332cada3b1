#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom::crypto {
namespace {

template <size_t N>
std::array<uint8_t, N> array_of(std::string_view hex) {
  std::array<uint8_t, N> out{};
  const Bytes bytes = from_hex(hex).value();
  std::copy_n(bytes.begin(), N, out.begin());
  return out;
}

// "The Galois/Counter Mode of Operation (GCM)" (D. McGrew, J. Viega), appendix B, test case 16.
const Aes256Key kKey = array_of<32>("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
const GcmNonce kNonce = array_of<12>("cafebabefacedbaddecaf888");
const Bytes kPlaintext = from_hex(
                             "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c9595"
                             "6809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
                             .value();
const Bytes kAssociated = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value();
const std::string kSealed =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
    "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";

TEST(Aead, GivesTheExampleOfTheSpecification) {
  EXPECT_EQ(to_hex(aes256_gcm_seal(kKey, kNonce, kPlaintext, kAssociated)), kSealed);
  EXPECT_EQ(aes256_gcm_open(kKey, kNonce, from_hex(kSealed).value(), kAssociated).value(), kPlaintext);
}

TEST(Aead, EveryChangedBitIsFound) {
  const Bytes sealed = aes256_gcm_seal(kKey, kNonce, as_bytes("a secret"), kAssociated);
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const auto opened = aes256_gcm_open(kKey, kNonce, changed, kAssociated);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().code, ErrorCode::kVerificationFailed);
  }
}

TEST(Aead, AnotherKeyNonceOrContextDoesNotOpen) {
  const Bytes sealed = aes256_gcm_seal(kKey, kNonce, as_bytes("a secret"), kAssociated);
  Aes256Key other_key = kKey;
  other_key[31] ^= 1;
  GcmNonce other_nonce = kNonce;
  other_nonce[0] ^= 1;
  EXPECT_FALSE(aes256_gcm_open(other_key, kNonce, sealed, kAssociated));
  EXPECT_FALSE(aes256_gcm_open(kKey, other_nonce, sealed, kAssociated));
  EXPECT_FALSE(aes256_gcm_open(kKey, kNonce, sealed, {}));
  EXPECT_TRUE(aes256_gcm_open(kKey, kNonce, sealed, kAssociated));
}

TEST(Aead, TruncatedDataIsRefused) {
  const Bytes sealed = aes256_gcm_seal(kKey, kNonce, as_bytes("a secret"));
  for (size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(aes256_gcm_open(kKey, kNonce, ByteView(sealed).first(size))) << size;
}

TEST(Aead, NothingCanBeSealed) {
  const Bytes sealed = aes256_gcm_seal(kKey, kNonce, {});
  EXPECT_EQ(sealed.size(), kGcmTagSize);
  EXPECT_TRUE(aes256_gcm_open(kKey, kNonce, sealed).value().empty());
}

}  // namespace
}  // namespace strongroom::crypto
