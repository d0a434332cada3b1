#include "calls/patience.h"

#include <gtest/gtest.h>

namespace strongroom::calls {
namespace {

constexpr uint64_t kMost = 100, kShort = 60, kLong = 1000;

// A wait that lasted so long, after spinning in vain.
void spin_and_sleep(Patience& patience, uint64_t lasted) {
  patience.spun_in_vain();
  patience.slept(lasted);
}

// As after waits that were longer than it pays to spin.
Patience hopeless() {
  Patience patience(kMost);
  spin_and_sleep(patience, kLong);
  spin_and_sleep(patience, kLong);
  return patience;
}

// How many waits in which the waiter slept, each lasting so long, until it spins again; 0: never.
int waits_until_hope(Patience& patience, uint64_t each) {
  for (int i = 1; i < 10'000; ++i) {
    patience.slept(each);
    if (patience.next() != 0) return i;
  }
  return 0;
}

TEST(Patience, SpinsUntilThatHasBeenInVainTwice) {
  Patience patience(kMost);
  EXPECT_EQ(patience.next(), kMost);
  spin_and_sleep(patience, kLong);
  EXPECT_EQ(patience.next(), kMost) << "once may be chance";
  patience.came_in_time();
  spin_and_sleep(patience, kLong);
  EXPECT_EQ(patience.next(), kMost) << "not twice in a row";
  spin_and_sleep(patience, kLong);
  EXPECT_EQ(patience.next(), 0U);
}

TEST(Patience, WhoMightNotSpinHasNotSpunInVain) {
  Patience patience(kMost);
  for (int i = 0; i < 10; ++i) patience.slept(kLong);
  EXPECT_EQ(patience.next(), kMost);
}

// Two sides that had both gone to sleep stayed asleep: the trial spins of neither met the other's.
TEST(Patience, WaitsThatEndInTimeThoughTheWaiterSleptGiveHope) {
  Patience patience = hopeless();
  EXPECT_EQ(waits_until_hope(patience, kShort), 2);
  EXPECT_EQ(patience.next(), kMost);
}

TEST(Patience, AsksForMoreEvidenceEachTimeThatItWasDisappointed) {
  Patience patience = hopeless();
  int last = 0;
  for (int round = 0; round < 3; ++round) {
    const int waits = waits_until_hope(patience, kShort);
    EXPECT_GT(waits, last);
    last = waits;
    spin_and_sleep(patience, kLong);
    EXPECT_EQ(patience.next(), 0U) << "hope from hearsay ends at the first failure";
  }
  // But never so much that it does not find back.
  for (int round = 0; round < 100; ++round) {
    EXPECT_LE(waits_until_hope(patience, kShort), 8);
    spin_and_sleep(patience, kLong);
  }
}

TEST(Patience, OneSuccessMakesUpForAllDisappointments) {
  Patience patience = hopeless();
  for (int round = 0; round < 5; ++round) {
    waits_until_hope(patience, kShort);
    spin_and_sleep(patience, kLong);
  }
  patience.came_in_time();
  spin_and_sleep(patience, kLong);
  spin_and_sleep(patience, kLong);
  EXPECT_EQ(waits_until_hope(patience, kShort), 2);
}

TEST(Patience, LongWaitsLeadToRareAndLongerTrials) {
  Patience patience = hopeless();
  const int first = waits_until_hope(patience, kLong);
  EXPECT_GE(first, 32);
  EXPECT_EQ(patience.next(), 2 * kMost);
  spin_and_sleep(patience, kLong);
  EXPECT_EQ(patience.next(), 0U);
  EXPECT_GT(waits_until_hope(patience, kLong), first);
}

TEST(Patience, ATrialThatSucceedsGivesHope) {
  Patience patience = hopeless();
  ASSERT_NE(waits_until_hope(patience, kLong), 0);
  patience.came_in_time();
  EXPECT_EQ(patience.next(), kMost);
}

}  // namespace
}  // namespace strongroom::calls
