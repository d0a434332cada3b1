#include "enclave/posts.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace strongroom::enclave {
namespace {

using calls::kEnclave, calls::kHost, calls::Lane;

class PostsTest : public ::testing::Test {
 protected:
  // A worker that is at its first lane says that it sleeps, and does.
  void sleeps(uint32_t worker) {
    uint32_t turn;
    ASSERT_TRUE(calls::announce_sleep<kEnclave>(area_.lane(worker), turn, calls::asleep_on(worker)));
    posts_.asleep_at(worker) = worker;
  }
  uint32_t awakes(uint32_t worker) { return posts_.asleep_at(worker).exchange(Posts::kAwake); }

  std::vector<uint8_t> memory_ = std::vector<uint8_t>(calls::kMinimumArea);
  const calls::Area area_{memory_};
  Posts posts_{area_};
};

TEST_F(PostsTest, TheOneThatSleepsIsAtTheLaneThatTheOtherHasLeft) {
  sleeps(3);
  EXPECT_EQ(calls::seat_of(calls::hand_over(area_.lane(3), kEnclave)), 3u);
  EXPECT_TRUE(posts_.change_places(0, 0, 3));
  EXPECT_EQ(area_.lane(3).turn, kEnclave) << "with the call that has come";
  EXPECT_EQ(calls::seat_of(calls::hand_over(area_.lane(0), kEnclave)), 3u) << "who calls there wakes it";
  EXPECT_EQ(awakes(3), 0u);
}

TEST_F(PostsTest, PlacesAreChangedAgainAndAgain) {
  sleeps(1);
  sleeps(2);
  EXPECT_TRUE(posts_.change_places(0, 0, 1));
  EXPECT_TRUE(posts_.change_places(0, 1, 2));
  EXPECT_TRUE(posts_.change_places(0, 2, 0)) << "where worker 1 is now";
  EXPECT_EQ(awakes(1), 2u);
  EXPECT_EQ(awakes(2), 1u);
}

// It was served meanwhile, by the one that sleeps again.
TEST_F(PostsTest, WhereNoCallHasComeNobodyIsSaidToSleepAnyMore) {
  sleeps(1);
  EXPECT_TRUE(posts_.change_places(0, 0, 1));
  EXPECT_EQ(area_.lane(1).turn, kHost) << "the one there is awake";
  EXPECT_EQ(area_.lane(0).turn, kHost | calls::asleep_on(1));
}

TEST_F(PostsTest, NobodyTakesThePlaceOfOneThatIsAwake) {
  EXPECT_FALSE(posts_.change_places(0, 0, 1));
  sleeps(1);
  EXPECT_EQ(awakes(1), 1u);
  EXPECT_FALSE(posts_.change_places(0, 0, 1));
  EXPECT_EQ(area_.lane(0).turn, kHost) << "nobody sleeps there";
}

TEST_F(PostsTest, WhoHasACallGoesNowhere) {
  sleeps(1);
  calls::hand_over(area_.lane(0), kEnclave);
  EXPECT_FALSE(posts_.change_places(0, 0, 1));
  EXPECT_EQ(area_.lane(0).turn, kEnclave);
  EXPECT_EQ(awakes(1), 1u);
}

// The host names the lane.
TEST_F(PostsTest, ALaneThatThereIsNotIsNoPlace) {
  for (const uint32_t lie : {0u, 63u, 64u, 95u, 1u << 31, ~0u})
    EXPECT_FALSE(posts_.change_places(0, 0, lie)) << lie;
}

// Whatever the host writes, and however places are changed, two workers are never at one lane.
TEST_F(PostsTest, EachIsAtALaneOfItsOwn) {
  constexpr uint32_t kWorkers = 4;
  constexpr int kRounds = 20'000;
  std::array<std::atomic<int>, calls::kWorkerLanes> here{};
  std::atomic<uint32_t> working{kWorkers};
  std::thread host([&] {
    for (uint32_t i = 0; working != 0; ++i) area_.lane(i % kWorkers).turn = i % 3 == 0 ? kEnclave : kHost;
  });
  std::vector<std::thread> workers;
  for (uint32_t worker = 0; worker < kWorkers; ++worker)
    workers.emplace_back([&, worker] {
      uint32_t lane = worker;
      for (int round = 0; round < kRounds; ++round) {
        EXPECT_EQ(here[lane].fetch_add(1), 0) << "somebody is there";
        const uint32_t there = (lane + static_cast<uint32_t>(round)) % kWorkers;
        here[lane].fetch_sub(1);
        if (posts_.change_places(worker, lane, there)) lane = there;
        posts_.asleep_at(worker) = lane;
        std::this_thread::yield();
        lane = awakes(worker);
      }
      --working;
    });
  for (std::thread& worker : workers) worker.join();
  host.join();
}

}  // namespace
}  // namespace strongroom::enclave
