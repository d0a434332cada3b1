#include "calls/turn.h"

#include <gtest/gtest.h>

namespace strongroom::calls {
namespace {

// The other side was about to sleep, saw the lane, and was faster than this thread.
TEST(Turn, ALaneThatIsBackBeforeTheOtherSideWasWokenIsNotSleptOn) {
  Lane lane{};
  lane.turn = kEnclave | kSleeping;
  Spinner spinner(0);
  const bool must_wake = hand_over(lane, kEnclave);
  ASSERT_TRUE(must_wake);
  ASSERT_FALSE(hand_over(lane, kHost));
  EXPECT_TRUE(wait_for_turn(lane, kHost, spinner, must_wake, [](auto&, uint32_t, bool) {
    ADD_FAILURE() << "slept on a lane that nobody will wake";
    return false;
  }));
}

TEST(Turn, ASleeperSaysSoAndWakesTheOtherSideFirst) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  int sleeps = 0;
  EXPECT_TRUE(wait_for_turn(lane, kHost, spinner, true, [&](auto& word, uint32_t expected, bool wake) {
    EXPECT_EQ(wake, sleeps == 0);
    EXPECT_EQ(expected, kEnclave | kSleeping);
    EXPECT_EQ(word.load(), expected);
    if (++sleeps == 2) {
      EXPECT_TRUE(hand_over(lane, kHost)) << "who sleeps has to be woken";
    }
    return true;
  }));
  EXPECT_EQ(sleeps, 2);
}

TEST(Turn, WhoGivesUpDoesNotHaveTheLane) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  EXPECT_FALSE(wait_for_turn(lane, kHost, spinner, false, [](auto&, uint32_t, bool) { return false; }));
}

}  // namespace
}  // namespace strongroom::calls
