#include "tee/vm/debug/remote_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strongroom::tee::vm::debug {
namespace {

std::vector<Incoming> take_all(PacketReader& reader, std::string_view text) {
  std::vector<Incoming> out;
  ByteView bytes = as_bytes(text);
  while (auto incoming = reader.take(bytes)) out.push_back(std::move(*incoming));
  return out;
}

TEST(PacketReader, TakesPacketsAcknowledgementsAndInterruptsInOrder) {
  PacketReader reader;
  const auto all = take_all(reader, "+$m10,4#2e\x03-$#00");
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].kind, Incoming::Kind::kAcknowledged);
  EXPECT_EQ(all[1].kind, Incoming::Kind::kPacket);
  EXPECT_EQ(all[1].payload, "m10,4");
  EXPECT_EQ(all[2].kind, Incoming::Kind::kInterrupt);
  EXPECT_EQ(all[3].kind, Incoming::Kind::kRefused);
  EXPECT_EQ(all[4].payload, "");
}

TEST(PacketReader, GoesOnWhereThePiecesOfAPacketMeet) {
  PacketReader reader;
  const std::string packet = make_packet("vCont;c");
  for (size_t i = 0; i + 1 < packet.size(); ++i) EXPECT_TRUE(take_all(reader, packet.substr(i, 1)).empty());
  const auto all = take_all(reader, packet.substr(packet.size() - 1));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload, "vCont;c");
}

TEST(PacketReader, UndoesEscapes) {
  PacketReader reader;
  const std::string payload("X1,5:$#}*\0\x03", 11);
  const auto all = take_all(reader, make_packet(payload));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload, payload);
}

TEST(PacketReader, RefusesWrongChecksumsAndThoseThatAreNone) {
  for (const std::string_view text : {"$g#68", "$g#zz", "$g#6:"}) {
    PacketReader reader;
    const auto all = take_all(reader, text);
    ASSERT_EQ(all.size(), 1u) << text;
    EXPECT_EQ(all[0].kind, Incoming::Kind::kDamaged) << text;
  }
}

TEST(PacketReader, RefusesAPacketLongerThanTheLongestAndTakesTheNext) {
  PacketReader reader;
  const std::string longest(kLongestPacket, 'a');
  const auto all = take_all(reader, make_packet(longest) + make_packet(longest + "a") + make_packet("g"));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].payload, longest);
  EXPECT_EQ(all[1].kind, Incoming::Kind::kDamaged);
  EXPECT_EQ(all[2].payload, "g");
}

TEST(RequestReader, ReadsNumbersOfUpTo16Digits) {
  RequestReader reader("1fA,ffffffffffffffff,10000000000000000");
  EXPECT_EQ(reader.number(), 0x1fau);
  EXPECT_TRUE(reader.skip(","));
  EXPECT_EQ(reader.number(), UINT64_MAX);
  EXPECT_TRUE(reader.skip(","));
  EXPECT_EQ(reader.number(), std::nullopt);
  EXPECT_FALSE(reader.at_end());
}

TEST(RequestReader, NeverPassesTheEnd) {
  RequestReader reader("");
  EXPECT_EQ(reader.number(), std::nullopt);
  EXPECT_FALSE(reader.skip("a"));
  EXPECT_EQ(reader.until(';'), "");
  EXPECT_EQ(reader.rest(), "");
}

}  // namespace
}  // namespace strongroom::tee::vm::debug
