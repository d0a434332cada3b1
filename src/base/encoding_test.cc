#include "base/encoding.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

TEST(Hex, RoundTrips) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(from_hex("00ABff").value(), (Bytes{0x00, 0xab, 0xff}));
}

TEST(Hex, NamesTheBadCharacter) {
  EXPECT_EQ(from_hex("00x0").error().message, "hexadecimal: character 3 is not a digit");
  EXPECT_FALSE(from_hex("000"));
}

// RFC 4648, section 10.
TEST(Base64, TestVectorsOfTheStandard) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(from_base64(encoded).value()), plain);
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const std::string_view text :
       {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "Zg==\n", "Zm9v====", "Zm 9", "-_-_", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

TEST(Base64Url, RoundTripsWithoutPadding) {
  EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff}), "-_8");
  EXPECT_EQ(from_base64url("-_8").value(), (Bytes{0xfb, 0xff}));
  for (const std::string_view text : {"-_8=", "+/8", "-_9", "A"}) EXPECT_FALSE(from_base64url(text)) << text;
}

}  // namespace
}  // namespace strongroom
