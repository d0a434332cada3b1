#include "calls/turn.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace strongroom::calls {
namespace {

// What a waiter does besides spinning. Copies count together.
template <typename Sleep>
struct Sleeper {
  Sleep sleep_;
  std::shared_ptr<int> wakes = std::make_shared<int>(0);
  void wake(std::atomic<uint32_t>&) const { ++*wakes; }
  bool sleep(std::atomic<uint32_t>& word, uint32_t expected, bool must_wake) const {
    return sleep_(word, expected, must_wake);
  }
  static bool give_up() { return false; }
};
template <typename Sleep>
Sleeper(Sleep) -> Sleeper<Sleep>;

// The other side was about to sleep, saw the lane, and was faster than this thread.
TEST(Turn, ALaneThatIsBackBeforeTheOtherSideWasWokenIsNotSleptOn) {
  Lane lane{};
  lane.turn = kEnclave | kSleeping;
  Spinner spinner(0);
  const bool must_wake = hand_over(lane, kEnclave);
  ASSERT_TRUE(must_wake);
  ASSERT_FALSE(hand_over(lane, kHost));
  SpinBudget alone(1);
  Sleeper sleeper{[](auto&, uint32_t, bool) {
    ADD_FAILURE() << "slept on a lane that nobody will wake";
    return false;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, must_wake, sleeper));
}

TEST(Turn, ASleeperSaysSoAndWakesTheOtherSideFirst) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  int sleeps = 0;
  SpinBudget alone(1);
  Sleeper sleeper{[&](auto& word, uint32_t expected, bool wake) {
    EXPECT_EQ(wake, sleeps == 0);
    EXPECT_EQ(expected, kEnclave | kSleeping);
    EXPECT_EQ(word.load(), expected);
    if (++sleeps == 2) {
      EXPECT_TRUE(hand_over(lane, kHost)) << "who sleeps has to be woken";
    }
    return true;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, true, sleeper));
  EXPECT_EQ(sleeps, 2);
  EXPECT_EQ(*sleeper.wakes, 0);
}

// Lanes of the pool are taken, and any may be stirred: the word is not what hand_over() leaves.
TEST(Turn, ASleeperKeepsTheOtherBitsOfTheWord) {
  Lane lane{};
  lane.turn = kEnclave | kTaken | kStirred;
  Spinner spinner(0);
  SpinBudget alone(1);
  int sleeps = 0;
  Sleeper sleeper{[&](auto& word, uint32_t expected, bool) {
    EXPECT_EQ(expected, kEnclave | kTaken | kStirred | kSleeping);
    EXPECT_EQ(word.load(), expected);
    if (++sleeps == 2) hand_over(lane, kHost);
    return true;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, false, sleeper));
  EXPECT_EQ(sleeps, 2);
}

TEST(Turn, WhoGivesUpDoesNotHaveTheLane) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  SpinBudget alone(1);
  Sleeper sleeper{[](auto&, uint32_t, bool) { return false; }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, alone, false, sleeper));
}

TEST(Turn, WhoExpectsAnAnswerSoonWakesTheOtherSideAndStaysAwake) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(1000);
  SpinBudget two(2);
  Sleeper sleeper{[&](auto&, uint32_t, bool wake) {
    EXPECT_FALSE(wake) << "woken twice";
    return false;
  }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, two, true, sleeper));
  EXPECT_EQ(*sleeper.wakes, 1);
}

// In a virtual machine each of the two steps is an exit.
TEST(Turn, WhoFindsNoPlaceToSpinWakesTheOtherSideAndSleepsInOneStep) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(1000);
  SpinBudget two(2);
  ASSERT_TRUE(two.enter());
  bool slept = false;
  Sleeper sleeper{[&](auto&, uint32_t, bool wake) {
    EXPECT_TRUE(wake);
    slept = true;
    return false;
  }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, two, true, sleeper));
  EXPECT_TRUE(slept);
  EXPECT_EQ(*sleeper.wakes, 0);
}

TEST(SpinBudget, OneProcessorIsLeftToThoseWhoAreWaitedFor) {
  SpinBudget alone(1), three(3);
  EXPECT_TRUE(alone.none());
  EXPECT_FALSE(alone.enter());
  EXPECT_FALSE(alone.enter_first());
  EXPECT_TRUE(three.enter());
  EXPECT_TRUE(three.enter());
  EXPECT_TRUE(three.full());
  EXPECT_TRUE(SpinBudget(2).full()) << "one place, which a worker may need";
  EXPECT_FALSE(three.enter());
  three.leave();
  EXPECT_TRUE(three.enter());
}

TEST(SpinBudget, SwitchlessWorkersMakeOthersLeave) {
  SpinBudget two(2);
  EXPECT_TRUE(two.enter());
  EXPECT_FALSE(two.crowded());
  EXPECT_TRUE(two.enter_first());
  EXPECT_FALSE(two.enter_first()) << "more workers than processors";
  EXPECT_TRUE(two.crowded());
  two.leave();
  EXPECT_FALSE(two.crowded());
  two.leave_first();
  EXPECT_TRUE(two.enter());
}

TEST(Area, MessagesStandInTheHeapsOrInOneLane) {
  std::vector<uint8_t> memory(kMinimumArea);
  const Area area(memory);
  const uint64_t lane = kLanesOffset + 3 * sizeof(Lane), bytes = lane + offsetof(Lane, bytes);
  EXPECT_TRUE(area.message_memory(bytes, sizeof Lane::bytes));
  EXPECT_TRUE(area.message_memory(kHeapsOffset, kMinimumArea - kHeapsOffset));
  const struct {
    uint64_t offset, size;
  } lies[] = {{0, 1},
              {lane, 1},
              {bytes - 1, 2},
              {bytes, sizeof Lane::bytes + 1},
              {bytes, UINT64_MAX},
              {kHeapsOffset - 1, 2},
              {kLanesOffset - 1, 1},
              {kHeapsOffset, kMinimumArea},
              {kMinimumArea, 1},
              {UINT64_MAX, 1},
              {UINT64_MAX, UINT64_MAX}};
  for (const auto& lie : lies)
    EXPECT_FALSE(area.message_memory(lie.offset, lie.size)) << lie.offset << " " << lie.size;
}

}  // namespace
}  // namespace strongroom::calls
