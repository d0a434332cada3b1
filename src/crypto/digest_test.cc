#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom::crypto {
namespace {

// FIPS 180-4 example values for "abc".
TEST(Digest, ExampleValuesOfTheStandard) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha384(as_bytes("abc"))).substr(0, 16), "cb00753f45a35e8b");
  EXPECT_EQ(to_hex(sha512(as_bytes("abc"))).substr(0, 16), "ddaf35a193617aba");
}

TEST(Digest, PiecesGiveTheSameAndFinishStartsAnew) {
  Sha256 digest;
  for (int round = 0; round < 2; ++round) {
    digest.update(as_bytes("a"));
    digest.update({});
    EXPECT_EQ(digest.current(), sha256(as_bytes("a")));
    digest.update(as_bytes("bc"));
    EXPECT_EQ(digest.finish(), sha256(as_bytes("abc")));
  }
}

}  // namespace
}  // namespace strongroom::crypto
