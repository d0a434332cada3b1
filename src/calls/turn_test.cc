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
  Asleep asleep_ = kSleeping;
  bool goes_ = false;
  void wake() const { ++*wakes; }
  [[nodiscard]] Asleep asleep() const { return asleep_; }
  [[nodiscard]] bool sleep(uint32_t turn, Asleep other) const { return sleep_(turn, other); }
  static bool give_up() { return false; }
  [[nodiscard]] bool goes_elsewhere() const { return goes_; }
  [[nodiscard]] bool went_elsewhere() const { return goes_; }
};
template <typename Sleep>
Sleeper(Sleep) -> Sleeper<Sleep>;

// The other side was about to sleep, saw the lane, and was faster than this thread.
TEST(Turn, ALaneThatIsBackBeforeTheOtherSideWasWokenIsNotSleptOn) {
  Lane lane{};
  lane.turn = kEnclave | kSleeping;
  Spinner spinner(0);
  const Asleep other = hand_over(lane, kEnclave);
  ASSERT_EQ(other, kSleeping);
  ASSERT_EQ(hand_over(lane, kHost), 0u);
  SpinBudget alone(1);
  Sleeper sleeper{[](uint32_t, Asleep) {
    ADD_FAILURE() << "slept on a lane that nobody will wake";
    return false;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, other, sleeper));
}

TEST(Turn, ASleeperSaysSoAndWakesTheOtherSideFirst) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  int sleeps = 0;
  SpinBudget alone(1);
  Sleeper sleeper{[&](uint32_t turn, Asleep other) {
    EXPECT_EQ(other, sleeps == 0 ? kSleeping : 0u);
    EXPECT_EQ(turn, kEnclave | kSleeping);
    EXPECT_EQ(lane.turn.load(), turn);
    if (++sleeps == 2) {
      EXPECT_EQ(hand_over(lane, kHost), kSleeping) << "who sleeps has to be woken";
    }
    return true;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, kSleeping, sleeper));
  EXPECT_EQ(sleeps, 2);
  EXPECT_EQ(*sleeper.wakes, 0);
}

// Lanes of the pool are taken: the word is not what hand_over() leaves.
TEST(Turn, ASleeperKeepsTheOtherBitsOfTheWord) {
  Lane lane{};
  lane.turn = kEnclave | kTaken;
  Spinner spinner(0);
  SpinBudget alone(1);
  int sleeps = 0;
  Sleeper sleeper{[&](uint32_t turn, Asleep) {
    EXPECT_EQ(turn, kEnclave | kTaken | kSleeping);
    EXPECT_EQ(lane.turn.load(), turn);
    if (++sleeps == 2) hand_over(lane, kHost);
    return true;
  }};
  EXPECT_TRUE(wait_for_turn<kHost>(lane, spinner, alone, 0, sleeper));
  EXPECT_EQ(sleeps, 2);
}

TEST(Turn, ASleeperOnASeatSaysOnWhichOne) {
  Lane lane{};
  lane.turn = kHost;
  Spinner spinner(0);
  SpinBudget alone(1);
  Sleeper sleeper{[&](uint32_t, Asleep) {
    EXPECT_EQ(lane.turn, kHost | kSleeping | 4u << kSeatShift);
    EXPECT_EQ(seat_of(hand_over(lane, kEnclave)), 3u);
    return true;
  }};
  sleeper.asleep_ = asleep_on(3);
  EXPECT_TRUE(wait_for_turn<kEnclave>(lane, spinner, alone, 0, sleeper));
  EXPECT_EQ(lane.turn, kEnclave);
  EXPECT_GE(seat_of(0), kWorkerLanes);
  EXPECT_GE(seat_of(kSleeping), kWorkerLanes);
}

// Somebody else waits there then, and what it says of its sleep must stand.
TEST(Turn, WhoGoesElsewhereSaysNothingMoreAtTheLane) {
  Lane lane{};
  lane.turn = kHost;
  Spinner spinner(1000);
  SpinBudget two(2);
  Sleeper sleeper{[](uint32_t, Asleep) {
    ADD_FAILURE() << "slept where somebody else waits";
    return false;
  }};
  sleeper.goes_ = true;
  EXPECT_FALSE(wait_for_turn<kEnclave>(lane, spinner, two, 0, sleeper));
  EXPECT_EQ(lane.turn, kHost);
}

TEST(Turn, WhoGivesUpDoesNotHaveTheLane) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(0);
  SpinBudget alone(1);
  Sleeper sleeper{[](uint32_t, Asleep) { return false; }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, alone, 0, sleeper));
}

TEST(Turn, WhoExpectsAnAnswerSoonWakesTheOtherSideAndStaysAwake) {
  Lane lane{};
  lane.turn = kEnclave;
  Spinner spinner(1000);
  SpinBudget two(2);
  Sleeper sleeper{[&](uint32_t, Asleep other) {
    EXPECT_EQ(other, 0u) << "woken twice";
    return false;
  }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, two, kSleeping, sleeper));
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
  Sleeper sleeper{[&](uint32_t, Asleep other) {
    EXPECT_EQ(other, kSleeping);
    slept = true;
    return false;
  }};
  EXPECT_FALSE(wait_for_turn<kHost>(lane, spinner, two, kSleeping, sleeper));
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
