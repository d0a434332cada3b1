#include "base/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

namespace strongroom {
namespace {

class Sockets : public ::testing::Test {
 protected:
  SocketPair pair_ = SocketPair::create("a pair").value();
};

size_t open_descriptors() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

TEST_F(Sockets, CarryBytesAndDescriptors) {
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const int files[] = {null.get(), null.get()};
  ASSERT_TRUE(send_bytes(pair_.ours.get(), as_bytes("word"), files, "nobody"));
  auto packet = receive_bytes(pair_.theirs.get(), 100, "nobody");
  ASSERT_TRUE(packet && *packet);
  EXPECT_EQ(as_text((*packet)->bytes), "word");
  ASSERT_EQ((*packet)->files.size(), 2u);
  EXPECT_EQ(fcntl((*packet)->files[1].get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(Sockets, RefuseWhatIsLongerThanTheLimitAndGoOn) {
  ASSERT_TRUE(send_bytes(pair_.ours.get(), as_bytes("12345"), {}, "nobody"));
  ASSERT_TRUE(send_bytes(pair_.ours.get(), as_bytes("1234"), {}, "nobody"));
  EXPECT_EQ(receive_bytes(pair_.theirs.get(), 4, "nobody").error().code, ErrorCode::kMalformed);
  EXPECT_EQ((*receive_bytes(pair_.theirs.get(), 4, "nobody"))->bytes.size(), 4u);
}

TEST_F(Sockets, NeverSleepWhereTheyMayNot) {
  EXPECT_EQ(receive_bytes(pair_.theirs.get(), 4, "nobody", Waiting::kNever).error().code,
            ErrorCode::kResourceExhausted);
  const Bytes much(60'000);
  Result<void> sent{};
  for (int i = 0; i < 1000 && sent; ++i) sent = send_bytes(pair_.ours.get(), much, {}, "it", Waiting::kNever);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kResourceExhausted);
}

TEST_F(Sockets, TellThatThePeerIsGone) {
  EXPECT_FALSE(is_closed(pair_.ours.get()));
  pair_.theirs.reset();
  EXPECT_TRUE(is_closed(pair_.ours.get()));
  EXPECT_FALSE(receive_bytes(pair_.ours.get(), 4, "nobody").value());
  EXPECT_EQ(send_bytes(pair_.ours.get(), as_bytes("x"), {}, "it").error().code, ErrorCode::kUnavailable);
}

TEST_F(Sockets, CloseTheDescriptorsOfAPacketThatIsCutOff) {
  const size_t before = open_descriptors();
  const int files[] = {pair_.ours.get()};
  ASSERT_TRUE(send_bytes(pair_.ours.get(), as_bytes("12345"), files, "nobody"));
  EXPECT_FALSE(receive_bytes(pair_.theirs.get(), 2, "nobody"));
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace strongroom
