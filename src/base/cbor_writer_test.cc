#include "base/cbor_writer.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom::cbor {
namespace {

// Examples of RFC 8949, appendix A.
TEST(CborWriter, WritesTheExamplesOfTheStandard) {
  EXPECT_EQ(to_hex(number(0)), "00");
  EXPECT_EQ(to_hex(number(23)), "17");
  EXPECT_EQ(to_hex(number(24)), "1818");
  EXPECT_EQ(to_hex(number(100)), "1864");
  EXPECT_EQ(to_hex(number(1000)), "1903e8");
  EXPECT_EQ(to_hex(number(1000000)), "1a000f4240");
  EXPECT_EQ(to_hex(number(1000000000000)), "1b000000e8d4a51000");
  EXPECT_EQ(to_hex(unsigned_number(UINT64_MAX)), "1bffffffffffffffff");
  EXPECT_EQ(to_hex(number(-1)), "20");
  EXPECT_EQ(to_hex(number(-1000)), "3903e7");
  EXPECT_EQ(to_hex(number(INT64_MIN)), "3b7fffffffffffffff");
  EXPECT_EQ(to_hex(bytes(Bytes{1, 2, 3, 4})), "4401020304");
  EXPECT_EQ(to_hex(text("IETF")), "6449455446");
  EXPECT_EQ(to_hex(boolean(false)), "f4");
  EXPECT_EQ(to_hex(boolean(true)), "f5");
  EXPECT_EQ(to_hex(null()), "f6");
  EXPECT_EQ(to_hex(array({number(1), array({number(2), number(3)})})), "8201820203");
  EXPECT_EQ(to_hex(tag(1, number(1363896240))), "c11a514b67b0");
  EXPECT_EQ(to_hex(Map().set("b", array({number(2), number(3)})).set("a", number(1)).encode()),
            "a26161016162820203");
}

// RFC 8949, section 4.2.1.
TEST(CborWriter, OrdersKeysByTheirEncoding) {
  Map map;
  for (const char* key : {"aa", "z"}) map.set(key, null());
  for (const int64_t key : {-1, 100, 10}) map.set(key, null());
  map.set(10, number(7));
  EXPECT_EQ(to_hex(map.encode()), "a50a071864f620f6617af6626161f6");
}

}  // namespace
}  // namespace strongroom::cbor
