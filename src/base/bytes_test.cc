#include "base/bytes.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

constexpr std::array<uint8_t, 8> kCounting = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(ByteReader, ReadsIntegersOfBothByteOrders) {
  ByteReader reader(kCounting);
  EXPECT_EQ(reader.little<uint16_t>("a").value(), 0x0201);
  EXPECT_EQ(reader.big<uint32_t>("b").value(), 0x03040506u);
  EXPECT_EQ(reader.little<uint8_t>("c").value(), 7);
  EXPECT_EQ(reader.remaining(), 1u);
}

TEST(ByteReader, SixtyFourBitsKeepTheirTopByte) {
  EXPECT_EQ(ByteReader(kCounting).little<uint64_t>("a").value(), 0x0807060504030201u);
  EXPECT_EQ(ByteReader(kCounting).big<uint64_t>("a").value(), 0x0102030405060708u);
}

TEST(ByteReader, NamesWhatIsMissingAndStaysInPlace) {
  ByteReader reader(kCounting);
  ASSERT_TRUE(reader.skip(6, "header"));
  const auto result = reader.little<uint32_t>("report size");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(result.error().message, "report size: 4 bytes are needed at offset 6, 2 are left");
  EXPECT_EQ(reader.position(), 6u);
}

TEST(ByteReader, AHugeCountDoesNotWrap) {
  ByteReader reader(kCounting);
  ASSERT_TRUE(reader.skip(1, "a"));
  EXPECT_FALSE(reader.bytes(SIZE_MAX, "b"));
  EXPECT_FALSE(reader.skip(SIZE_MAX - 1, "b"));
}

TEST(ByteReader, TrailingBytesAreAnError) {
  ByteReader reader(kCounting);
  ASSERT_TRUE(reader.skip(7, "a"));
  EXPECT_EQ(reader.expect_end("quote").error().message, "quote: 1 bytes too many, from offset 7");
  reader.rest();
  EXPECT_TRUE(reader.expect_end("quote"));
}

TEST(ByteReader, CopiesArraysAndStructures) {
  struct Pair {
    uint32_t first, second;
  };
  EXPECT_EQ(ByteReader(kCounting).object<Pair>("pair")->second, 0x08070605u);
  EXPECT_EQ((ByteReader(kCounting).array<3>("a").value()), (std::array<uint8_t, 3>{1, 2, 3}));
  EXPECT_FALSE(ByteReader(kCounting).array<9>("a"));
}

TEST(ByteWriter, IsTheCounterpartOfTheReader) {
  ByteWriter writer;
  writer.little<uint32_t>(0x04030201).big<uint16_t>(0x0506).bytes(as_bytes("x")).zeros(1);
  EXPECT_EQ(writer.take(), (Bytes{1, 2, 3, 4, 5, 6, 'x', 0}));
}

TEST(Bytes, WipeLeavesZeros) {
  Bytes secret = {1, 2, 3};
  wipe(secret);
  EXPECT_EQ(secret, (Bytes{0, 0, 0}));
}

}  // namespace
}  // namespace strongroom
