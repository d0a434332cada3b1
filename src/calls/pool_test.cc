#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "calls/message.h"
#include "calls/serve_pool.h"

namespace strongroom::calls {
namespace {

TEST(LanePool, LendsEachLaneOnceUntilItIsBack) {
  LanePool pool;
  std::set<uint32_t> lent;
  for (uint32_t i = 0; i < kPooledLanes; ++i) lent.insert(pool.claim().value());
  EXPECT_EQ(lent.size(), kPooledLanes);
  EXPECT_FALSE(pool.claim());
  pool.release(7);
  EXPECT_EQ(pool.claim(), 7u);
}

// Of a side of which a worker seems to look.
Bell& bell_of_worker() {
  static Bell bell{};
  bell.looking = 1;
  return bell;
}

template <typename Wake>
bool offer(Offers& offers, Lane& lane, SpinBudget& budget, Bell& bell, const Wake& wake) {
  const Attendance nobody{};
  EXPECT_FALSE(offer(lane, nobody, kEnclave));
  return offers.wait_for_worker(lane, kEnclave, bell, budget, wake);
}
bool offer(Offers& offers, Lane& lane, SpinBudget& budget, Bell& bell = bell_of_worker()) {
  return offer(offers, lane, budget, bell, [] { FAIL() << "nobody sleeps"; });
}

TEST(Offers, ALaneThatNobodyTakesIsTheCallersAgain) {
  Lane lane{};
  SpinBudget two(2);
  Offers offers;
  EXPECT_FALSE(offer(offers, lane, two));
  EXPECT_EQ(lane.turn, kHost);
  EXPECT_TRUE(offers.pay()) << "once may be chance";
  EXPECT_FALSE(take_offer(lane, kEnclave));
}

TEST(Offers, WhatAWorkerTookIsItsOwnUntilItAnswers) {
  Lane lane{};
  SpinBudget three(3);
  Offers offers;
  std::atomic<bool> taken{false};
  std::thread worker([&] {
    while (!take_offer(lane, kEnclave)) std::this_thread::yield();
    taken = true;
  });
  while (!offer(offers, lane, three)) EXPECT_FALSE(taken);
  worker.join();
  EXPECT_TRUE(is_turn_of(lane, kEnclave));
  hand_over(lane, kHost);
  EXPECT_TRUE(is_turn_of(lane, kHost));
}

TEST(Offers, WakeAWorkerThatSleepsAndTakesTheOfferWhenItComes) {
  Lane lane{};
  Bell bell{};
  bell.word = kWorkerSleeps;
  SpinBudget two(2);
  Offers offers;
  const auto wake = [&] {
    EXPECT_TRUE(worker_comes(bell));
    EXPECT_TRUE(take_offer(lane, kEnclave)) << "the worker would find nothing and sleep again";
    answer(lane, kHost);
  };
  EXPECT_TRUE(offer(offers, lane, two, bell, wake));
  EXPECT_FALSE(bell.word & kWorkerSleeps);
}

TEST(Offers, AreNotMadeWhereNoWorkerIs) {
  Lane lane{};
  Bell nobody{};
  SpinBudget two(2);
  Offers offers;
  for (uint32_t i = 0; i < Offers::kTries; ++i) EXPECT_FALSE(offer(offers, lane, two, nobody));
  EXPECT_TRUE(offers.pay()) << "nothing was offered in vain";
}

void offer_in_vain(Offers& offers, uint32_t times) {
  Lane lane{};
  SpinBudget two(2);
  for (uint32_t i = 0; i < times; ++i) EXPECT_FALSE(offer(offers, lane, two));
}

// Has this thread's next call answered by a worker that answers the first offer that it sees.
bool offer_to_worker(Offers& offers, Lane& lane, SpinBudget& budget) {
  std::atomic<bool> looks{false}, over{false};
  bool served = false;
  std::thread worker([&] {
    looks = true;
    while (!served && !over) {
      served = take_offer(lane, kEnclave);
      std::this_thread::yield();
    }
    if (served) answer(lane, kHost);
  });
  while (!looks) std::this_thread::yield();
  const bool taken = offer(offers, lane, budget);
  over = true;
  worker.join();
  EXPECT_EQ(taken, served) << "the call is made twice, or never";
  return taken;
}

TEST(Offers, AreNotMadeForAMomentAfterTwoThatNobodyTook) {
  // Where this thread is interrupted between the offers and the question, the rest may be over.
  for (int attempt = 0; attempt < 100; ++attempt) {
    Offers offers;
    offer_in_vain(offers, Offers::kTries - 1);
    ASSERT_TRUE(offers.pay());
    const uint64_t before = timestamp();
    offer_in_vain(offers, 1);
    const bool pays = offers.pay();
    if (timestamp() - before > Offers::kRest) continue;
    EXPECT_FALSE(pays);
    const uint64_t after = timestamp();
    while (timestamp() - after <= Offers::kRest) std::this_thread::yield();
    EXPECT_TRUE(offers.pay()) << "the moment is over";
    return;
  }
  GTEST_SKIP() << "this thread was interrupted each time";
}

TEST(Offers, EachCallIsServedByAWorkerOrLeftToItsCaller) {
  SpinBudget three(3);
  Offers offers;
  for (int i = 0; i < 50; ++i) {
    Lane lane{};
    const bool taken = offer_to_worker(offers, lane, three);
    EXPECT_TRUE(is_turn_of(lane, kHost)) << "answered, or taken back: " << taken;
  }
}

TEST(Offers, AnOfferThatWasTakenMakesUpForThoseInVain) {
  SpinBudget three(3);
  Offers offers;
  offer_in_vain(offers, Offers::kTries - 1);
  Lane lane{};
  for (int attempt = 0; !offer_to_worker(offers, lane, three); ++attempt) {
    if (attempt == 1000) GTEST_SKIP() << "the worker was never there in time";
    lane.turn = kHost;
  }
  offer_in_vain(offers, Offers::kTries - 1);
  EXPECT_TRUE(offers.pay()) << "those before the call that was taken still count";
}

TEST(Offers, ALaneOfTheOtherDirectionOrOfNobodyIsNotTaken) {
  Lane lane{};
  EXPECT_FALSE(take_offer(lane, kEnclave));
  lane.turn = kHost | kOffered;
  EXPECT_FALSE(take_offer(lane, kEnclave));
  EXPECT_EQ(lane.turn, kHost | kOffered);
  EXPECT_TRUE(take_offer(lane, kHost));
  EXPECT_FALSE(take_offer(lane, kHost)) << "it is taken once";
  EXPECT_FALSE(take_offer(lane, kEnclave));
}

// Who waits for ordinary calls makes room for a worker that comes, for as long as the bell says so.
TEST(Bell, DoesNotCallForAWorkerThatGoesToSleepAgain) {
  std::vector<uint8_t> memory(kMinimumArea);
  const Area area(memory);
  Bell& bell = area.header().ecall_bell;
  area.lane(kEcallLanes).turn = kEnclave | kOffered;
  SpinBudget two(2);
  bool over = false;
  const auto serve = [&](Lane& lane) {
    bell.word |= kWorkerSleeps;  // of another worker
    EXPECT_TRUE(ring(bell));
    answer(lane, kHost);
  };
  serve_pool(
      area, kEcallLanes, kEnclave, bell, two, serve, [&] { return over; },
      [&](std::atomic<uint32_t>& word, uint32_t expected) {
        EXPECT_EQ(word, expected);
        EXPECT_FALSE(worker_comes(bell));
        EXPECT_FALSE(somebody_looks(bell));
        over = true;
      });
  EXPECT_TRUE(over);
  EXPECT_TRUE(is_turn_of(area.lane(kEcallLanes), kHost));
}

}  // namespace
}  // namespace strongroom::calls
