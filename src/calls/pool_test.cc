#include "calls/pool.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "calls/message.h"

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

TEST(Offers, ALaneThatNobodyTakesIsTheCallersAgain) {
  Lane lane{};
  SpinBudget two(2);
  Offers offers;
  EXPECT_FALSE(offers.offer(lane, kEnclave, two));
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
  while (!offers.offer(lane, kEnclave, three)) EXPECT_FALSE(taken);
  worker.join();
  EXPECT_TRUE(is_turn_of(lane, kEnclave));
  hand_over(lane, kHost);
  EXPECT_TRUE(is_turn_of(lane, kHost));
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
