#include "calls/spin.h"

#include <gtest/gtest.h>

namespace strongroom::calls {
namespace {

// As many looks as teach something, of which so many come in vain.
void look(FirstLook& first_look, uint32_t in_vain) {
  for (uint32_t i = 0; i < FirstLook::kLooks; ++i) first_look.learn(i >= in_vain);
}

TEST(FirstLook, ComesEarlierWhileEveryAnswerIsThereAndIsAtOnceInTheEnd) {
  FirstLook first_look;
  for (uint32_t steps = first_look.steps(); steps > 0; --steps) {
    look(first_look, 0);
    ASSERT_EQ(first_look.steps(), steps - 1);
  }
  look(first_look, 0);
  EXPECT_EQ(first_look.steps(), 0u);
  first_look.wait();
}

TEST(FirstLook, OneLateAnswerTeachesNothing) {
  FirstLook first_look;
  const uint32_t before = first_look.steps();
  for (int i = 0; i < 100; ++i) look(first_look, 1);
  EXPECT_EQ(first_look.steps(), before);
}

TEST(FirstLook, ComesLaterWhereSomeLooksAreInVainAndMuchLaterWhereMostAre) {
  FirstLook first_look;
  const uint32_t before = first_look.steps();
  look(first_look, 2);
  EXPECT_EQ(first_look.steps(), before + 1);
  look(first_look, FirstLook::kLooks / 2 + 1);
  EXPECT_EQ(first_look.steps(), before + 3);
}

TEST(FirstLook, LearnsFromLooksThatBelongTogetherOnly) {
  FirstLook first_look;
  const uint32_t before = first_look.steps();
  look(first_look, 1);
  look(first_look, 1);
  EXPECT_EQ(first_look.steps(), before) << "one in vain of each eight, not two of eight";
  for (uint32_t i = 1; i < FirstLook::kLooks; ++i) first_look.learn(false);
  EXPECT_EQ(first_look.steps(), before) << "the looks are not all there";
}

TEST(FirstLook, WaitsForALimitedTimeForAnswersThatNeverCome) {
  FirstLook first_look;
  for (uint32_t i = 0; i < 2 * FirstLook::kMost; ++i) {
    look(first_look, FirstLook::kLooks);
    ASSERT_LE(first_look.steps(), FirstLook::kMost);
  }
  EXPECT_EQ(first_look.steps(), FirstLook::kMost);
  look(first_look, 0);
  EXPECT_EQ(first_look.steps(), FirstLook::kMost - 1) << "and finds back";
}

}  // namespace
}  // namespace strongroom::calls
