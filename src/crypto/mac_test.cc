#include "crypto/mac.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom::crypto {
namespace {

// RFC 4493, section 4.
TEST(Mac, CmacGivesTheExamplesOfRfc4493) {
  Aes128Key key;
  const Bytes key_bytes = from_hex("2b7e151628aed2a6abf7158809cf4f3c").value();
  std::copy(key_bytes.begin(), key_bytes.end(), key.begin());
  const Bytes message = from_hex(
                            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
                            .value();
  const ByteView whole = message;
  EXPECT_EQ(to_hex(aes128_cmac(key, {})), "bb1d6929e95937287fa37d129b756746");
  EXPECT_EQ(to_hex(aes128_cmac(key, whole.first(16))), "070a16b46b4d4144f79bdd9dd04a287c");
  EXPECT_EQ(to_hex(aes128_cmac(key, whole.first(40))), "dfa66747de9ae63030ca32611497c827");
  EXPECT_EQ(to_hex(aes128_cmac(key, whole)), "51f0bebf7e3b9d92fc49741779363cfe");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(Mac, HmacGivesTheExamplesOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(131, 0xaa),
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Mac, AnEmptyKeyIsNotTheKeyOfTheCallBefore) {
  const Sha256Digest empty = hmac_sha256({}, as_bytes("message"));
  EXPECT_NE(hmac_sha256(as_bytes("key"), as_bytes("message")), empty);
  EXPECT_EQ(hmac_sha256({}, as_bytes("message")), empty);
}

TEST(Mac, ConstantTimeComparisonComparesLengthAndContent) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sane")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace strongroom::crypto
