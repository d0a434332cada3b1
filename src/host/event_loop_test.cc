#include "host/event_loop.h"

#include <gtest/gtest.h>

#include "base/socket.h"

namespace strongroom::host {
namespace {

class Loop : public ::testing::Test {
 protected:
  EventLoop loop_ = EventLoop::create().value();
  SocketPair pair_ = SocketPair::create("a pair").value();
  SocketPair other_ = SocketPair::create("a pair").value();
};

TEST_F(Loop, CallsWhoHasSomethingToRead) {
  int calls = 0;
  ASSERT_TRUE(loop_.watch(pair_.ours.get(), [&] {
    ++calls;
    (void)receive_bytes(pair_.ours.get(), 10, "it");
  }));
  EXPECT_FALSE(loop_.turn(0).value());
  ASSERT_TRUE(send_bytes(pair_.theirs.get(), as_bytes("x"), {}, "it"));
  EXPECT_TRUE(loop_.turn(0).value());
  EXPECT_FALSE(loop_.turn(0).value());
  EXPECT_EQ(calls, 1);
}

TEST_F(Loop, TellsOfAPeerThatIsGone) {
  int calls = 0;
  ASSERT_TRUE(loop_.watch(pair_.ours.get(), [&] { ++calls; }));
  pair_.theirs.reset();
  EXPECT_TRUE(loop_.turn(0).value());
  EXPECT_EQ(calls, 1);
}

// Both are ready in one turn, and whoever comes first ends both.
TEST_F(Loop, DoesNotCallWhoWasForgottenInTheSameTurn) {
  int calls = 0;
  const auto handler = [&] {
    ++calls;
    loop_.forget(pair_.ours.get());
    loop_.forget(other_.ours.get());
    pair_.ours.reset();
    other_.ours.reset();
  };
  ASSERT_TRUE(loop_.watch(pair_.ours.get(), handler));
  ASSERT_TRUE(loop_.watch(other_.ours.get(), handler));
  pair_.theirs.reset();
  other_.theirs.reset();
  EXPECT_TRUE(loop_.turn(0).value());
  EXPECT_FALSE(loop_.turn(0).value());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace strongroom::host
