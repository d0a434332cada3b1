// What a peer that breaks the keeper's protocol can send.
#include "host/protocol.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

namespace strongroom::host {
namespace {

Bytes numbers(std::initializer_list<uint64_t> values) {
  ByteWriter writer;
  for (const uint64_t value : values) writer.little(value);
  return writer.take();
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

class Wire : public ::testing::Test {
 protected:
  Wire() {
    auto pair = SocketPair::create("a pair").value();
    ours_ = std::move(pair.ours);
    theirs_ = std::move(pair.theirs);
  }
  void send(ByteView bytes, size_t files = 0) {
    iovec part{const_cast<uint8_t*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(64 * sizeof(int))> control{};
    std::vector<int> numbers(files, theirs_.get());
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (files > 0) {
      header.msg_control = control.data();
      header.msg_controllen = CMSG_SPACE(files * sizeof(int));
      cmsghdr* item = CMSG_FIRSTHDR(&header);
      item->cmsg_level = SOL_SOCKET;
      item->cmsg_type = SCM_RIGHTS;
      item->cmsg_len = CMSG_LEN(files * sizeof(int));
      std::memcpy(CMSG_DATA(item), numbers.data(), files * sizeof(int));
    }
    ASSERT_GE(sendmsg(theirs_.get(), &header, 0), 0) << strerror(errno);
  }
  FileDescriptor ours_, theirs_;
};

TEST(Message, EveryKindSurvivesTheWire) {
  const Message messages[] = {Load{},
                              Loaded{7},
                              Launch{3, true, true, {.arguments = {"a", ""}, .environment = {"K=V"}}},
                              Forget{UINT64_MAX},
                              Started{-1, {"warning"}},
                              Ended{{.kind = tee::EndKind::kExited, .status = 3, .message = "m"}},
                              Refused{ErrorCode::kMalformed, "why"},
                              Find{{1, 2}},
                              List{7},
                              Listing{{{.number = 1, .name = "a"}, {.number = 2, .end = "b"}}},
                              ReadLog{1},
                              Log{"text"},
                              Stop{2},
                              Done{},
                              Prepared{.file_size = 1, .identity = {.isv_svn = 7}},
                              Make{.tee = tee::TeeKind::kVm, .spare = true}};
  for (const Message& message : messages) {
    const auto again = decode(encode(message));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->index(), message.index());
    EXPECT_EQ(encode(*again), encode(message));
  }
}

TEST(Message, WhatIsNoMessageIsMalformed) {
  const Bytes cases[] = {
      {},
      {1},
      numbers({16}),                             // unknown kind
      numbers({UINT64_MAX}),                     // unknown kind
      numbers({0, 0}),                           // trailing bytes
      numbers({1}),                              // no number
      numbers({2, 1, 99, 0, 0, 0, 0, 0, 0, 0}),  // no such TEE
      numbers({2, 1, 0, 2, 0, 0, 0, 0, 0, 0}),   // a flag of 2
      numbers({4, 1, UINT64_MAX}),               // more texts than bytes
      numbers({4, 1, 1, UINT64_MAX}),            // a text longer than anything
      numbers({4, 1, 1, UINT64_MAX - 7}),        // whose end overflows
      numbers({4, 1, 2, 0, uint64_t{1} << 63}),  // the second text
      numbers({5, 99, 0, 0, 0, 0, 0}),           // no such end
      numbers({6, 999, 0}),                      // no such error
      numbers({9, UINT64_MAX}),                  // more enclaves than bytes
      numbers({15, 0, 0, 0, 7, 0}),              // a flag of 7
  };
  for (const Bytes& bytes : cases) {
    const auto message = decode(bytes);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, ErrorCode::kMalformed);
  }
}

TEST(Message, EveryPrefixOfAMessageIsMalformed) {
  const Bytes whole = encode(Launch{3, true, true, {.arguments = {"abc"}, .environment = {"K=V"}}});
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode(ByteView(whole).first(size)));
}

TEST_F(Wire, TooManyDescriptorsAreRefusedAndNoneStaysOpen) {
  const size_t before = open_descriptors();
  for (const size_t files : {kMostDescriptors + 1, size_t{32}}) {
    send(encode(Load{}), files);
    const auto packet = receive_packet(ours_.get());
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().code, ErrorCode::kMalformed);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Wire, DescriptorsOfAMessageThatIsMalformedAreClosed) {
  const size_t before = open_descriptors();
  send(numbers({99}), 4);
  EXPECT_FALSE(receive_packet(ours_.get()));
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Wire, APacketThatIsTooLongIsRefused) {
  send(Bytes(kLargestPacket + 1));
  const auto packet = receive_packet(ours_.get());
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().code, ErrorCode::kMalformed);
}

TEST_F(Wire, APeerThatCloses) {
  theirs_.reset();
  const auto packet = receive_packet(ours_.get());
  ASSERT_TRUE(packet);
  EXPECT_FALSE(*packet);
  EXPECT_FALSE(send_packet(ours_.get(), Load{}));
}

}  // namespace
}  // namespace strongroom::host
