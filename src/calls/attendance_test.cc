#include "calls/attendance.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <thread>
#include <vector>

#include "base/futex.h"

namespace strongroom::calls {
namespace {

class Pool : public ::testing::Test {
 protected:
  [[nodiscard]] Lane& lane(uint32_t index) const { return area_.lane(kEcallLanes + index); }
  [[nodiscard]] Attendance& attendance(uint32_t index) const { return area_.attendance(kEcallLanes + index); }
  bool offer(uint32_t index) { return calls::offer(lane(index), attendance(index), kEnclave); }
  bool take_back(uint32_t index) { return calls::take_back(lane(index), kEnclave); }
  void answer(Lane& lane) {
    ++served_;
    answer_offer(lane, area_.attendance(area_.index_of(lane)), kHost);
  }

  std::vector<uint8_t> memory_ = std::vector<uint8_t>(kMinimumArea);
  Area area_{memory_};
  int served_ = 0;
  std::function<void(Lane&)> serve_ = [this](Lane& lane) { answer(lane); };
  Attendant<std::function<void(Lane&)>> attendant_{area_, kEcallLanes, kEnclave, serve_};
};

TEST_F(Pool, AWorkerServesItsLaneWithoutWritingThatItTookIt) {
  attendant_.stand();
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_TRUE(offer(0)) << "whoever offers here knows that somebody is there";
  serve_ = [&](Lane& lane) {
    EXPECT_EQ(lane.turn, kEnclave | kOffered);
    answer(lane);
  };
  EXPECT_TRUE(attendant_.serve_here());
  EXPECT_EQ(lane(0).turn, kHost);
  EXPECT_EQ(message_of(lane(0)).kind, LaneMessage::kReturn);
  EXPECT_FALSE(attendant_.serve_here()) << "it is served once";
  EXPECT_EQ(served_, 1);
}

TEST_F(Pool, WhatWasOfferedBeforeAWorkerCameIsTakenOrTakenBackAndNotBoth) {
  EXPECT_FALSE(offer(0));
  attendant_.stand();
  serve_ = [&](Lane& lane) {
    EXPECT_EQ(lane.turn, kEnclave | kTaken);
    EXPECT_FALSE(take_back(0));
    answer(lane);
  };
  EXPECT_TRUE(attendant_.serve_here());
  attendant_.leave();

  EXPECT_FALSE(offer(0));
  attendant_.stand();
  EXPECT_TRUE(attendant_.serve_here()) << "what it knew when it stood there before is over";
  attendant_.leave();

  EXPECT_FALSE(offer(0));
  attendant_.stand();
  EXPECT_TRUE(take_back(0));
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_EQ(served_, 2);
}

TEST_F(Pool, WhoeverCountsOnAWorkerIsServedAlsoWhenItGoes) {
  attendant_.stand();
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_TRUE(offer(0));
  EXPECT_TRUE(attendant_.leave());
  EXPECT_EQ(lane(0).turn, kHost);
  EXPECT_FALSE(offer(0)) << "nobody is there any more";
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_FALSE(attendant_.leave()) << "it stands nowhere";
  EXPECT_TRUE(take_back(0));
}

TEST_F(Pool, AWorkerThatGoesToAnotherLaneServesItsOwnFirst) {
  attendant_.stand();
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_FALSE(offer(3));
  std::vector<uint32_t> order;
  serve_ = [&](Lane& lane) {
    order.push_back(area_.index_of(lane) - kEcallLanes);
    answer(lane);
  };
  EXPECT_TRUE(offer(0));
  EXPECT_TRUE(attendant_.serve_anywhere());
  EXPECT_TRUE(attendant_.serve_anywhere());
  EXPECT_EQ(order, (std::vector<uint32_t>{0, 3}));
  EXPECT_FALSE(offer(0));
  EXPECT_TRUE(offer(3)) << "there it stands now";
}

TEST_F(Pool, TwoWorkersStandAtDifferentLanesAndTakeNothingFromEachOther) {
  Attendant<std::function<void(Lane&)>> second(area_, kEcallLanes, kEnclave, serve_);
  attendant_.stand();
  EXPECT_FALSE(attendant_.serve_here());
  second.stand();
  EXPECT_FALSE(second.serve_here());
  EXPECT_TRUE(offer(0));
  EXPECT_FALSE(second.serve_anywhere());
  EXPECT_TRUE(offer(1));
  EXPECT_FALSE(second.leave() && served_ != 1);
  EXPECT_TRUE(attendant_.serve_here());
  EXPECT_EQ(served_, 2);
}

TEST_F(Pool, AWorkerThatIsBusyElsewhereIsNotCountedOn) {
  EXPECT_FALSE(offer(2));
  serve_ = [&](Lane& lane) {
    serve_ = [this](Lane& later) { answer(later); };
    EXPECT_FALSE(offer(0)) << "it stood there before it went to serve";
    answer(lane);
  };
  attendant_.stand();
  EXPECT_FALSE(attendant_.serve_here());
  EXPECT_TRUE(attendant_.serve_anywhere());
}

TEST_F(Pool, WhoTakesAnOfferLearnsThatItsCallerSleepsAlready) {
  EXPECT_FALSE(offer(0));
  lane(0).turn |= kSleeping;
  EXPECT_TRUE(take_offer(lane(0), kEnclave));
  EXPECT_TRUE(hand_over(lane(0), kHost)) << "with an ocall";
}

TEST_F(Pool, WhoAnswersLearnsWhetherTheCallerSleeps) {
  offer(0);
  {
    const CallerSleeps sleeps(attendance(0));
    EXPECT_TRUE(answer_offer(lane(0), attendance(0), kHost));
  }
  offer(0);
  EXPECT_FALSE(answer_offer(lane(0), attendance(0), kHost));
}

// Callers and workers that come, go and sleep as they like: each call is served once, or taken back and
// never, and nobody sleeps for ever. A call's number stands in its lane.
class Traffic {
 public:
  static constexpr uint32_t kCallers = 3, kWorkers = 2, kCalls = 4000;

  void run() {
    std::vector<std::thread> callers, workers;
    for (uint32_t i = 0; i < kCallers; ++i) callers.emplace_back([this, i] { call(i); });
    for (uint32_t i = 0; i < kWorkers; ++i) workers.emplace_back([this, i] { work(i); });
    for (std::thread& caller : callers) caller.join();
    over_ = true;
    for (std::thread& worker : workers) worker.join();
  }

 private:
  void call(uint32_t caller) {
    Lane& lane = area_.lane(kEcallLanes + caller);
    Attendance& attendance = area_.attendance(kEcallLanes + caller);
    for (uint32_t number = 0; number < kCalls; ++number) {
      lane.offset.store(number, std::memory_order_relaxed);
      const bool counts = offer(lane, attendance, kEnclave);
      const auto comes_back = [&] {
        for (uint32_t look = 0; look < number % 200; ++look)
          if (is_turn_of(lane, kHost)) return true;
        return false;
      };
      const bool taken = comes_back() || counts || !take_back(lane, kEnclave);
      if (taken) sleep_until_answered(lane, attendance);
      ASSERT_EQ(served_[caller][number].load(), taken ? 1 : 0)
          << "call " << number << (counts ? ", which was counted on" : "");
    }
  }
  static void sleep_until_answered(Lane& lane, Attendance& attendance) {
    uint32_t turn = lane.turn.load();
    while ((turn & kOwner) != kHost) {
      if ((turn & kSleeping) == 0 && !lane.turn.compare_exchange_strong(turn, turn | kSleeping)) continue;
      const CallerSleeps sleeps(attendance);
      const timespec limit{20, 0};
      ASSERT_NE(futex_wait(lane.turn, turn | kSleeping, &limit), -ETIMEDOUT) << "nobody woke the caller";
      turn = lane.turn.load();
    }
  }
  void work(uint32_t worker) {
    const auto serve = [this](Lane& lane) {
      const uint32_t index = area_.index_of(lane) - kEcallLanes;
      ++served_[index][lane.offset.load(std::memory_order_relaxed)];
      if (answer_offer(lane, area_.attendance(kEcallLanes + index), kHost)) futex_wake(lane.turn, 1);
    };
    Attendant attendant(area_, kEcallLanes, kEnclave, serve);
    for (uint32_t round = worker; !over_; ++round) {
      attendant.stand();
      for (uint32_t look = 0; look < round % 64; ++look) attendant.serve_here();
      if (round % 3 == 0) attendant.serve_anywhere();
      if (round % 5 == 0) attendant.leave();
      if (round % 16 == 0) std::this_thread::yield();
    }
  }

  std::vector<uint8_t> memory_ = std::vector<uint8_t>(kMinimumArea);
  Area area_{memory_};
  std::array<std::array<std::atomic<int>, kCalls>, kCallers> served_{};
  std::atomic<bool> over_{false};
};

TEST(Traffic, EachCallIsServedOnceOrTakenBack) {
  const auto traffic = std::make_unique<Traffic>();
  traffic->run();
}

// What a caller and a worker do at the same moment, many times, from the same state.
class AtOnce : public Pool {
 protected:
  static constexpr int kTimes = 50'000;

  // `prepare` comes before, and `check` after both.
  template <typename Prepare, typename Caller, typename Worker, typename Check>
  void repeat(const Prepare& prepare, const Caller& caller, const Worker& worker, const Check& check) {
    std::thread other([&] {
      for (int time = 0; time < kTimes; ++time) {
        prepare();
        meet();
        have_in_cache();
        meet();
        worker();
        meet();
        meet();
      }
    });
    for (int time = 0; time < kTimes; ++time) {
      meet();
      have_in_cache();
      meet();
      caller();
      meet();
      check();
      meet();
    }
    other.join();
  }

 private:
  // A read is at once then, and a write is not: so they change places where nothing keeps them apart.
  void have_in_cache() const {
    lane(0).turn.load();
    attendance(0).worker.load();
    attendance(0).caller_sleeps.load();
  }
  // Leaves both threads as close to each other as can be.
  void meet() {
    const int both = arrived_.fetch_add(1) / 2 * 2 + 2;
    for (int looks = 0; arrived_ < both; ++looks)
      if (looks > 1000) std::this_thread::yield();
  }
  std::atomic<int> arrived_{0};
};

TEST_F(AtOnce, WhoGoesSeesTheOfferOfWhoCountsOnIt) {
  bool counts = false, served = false;
  repeat(
      [&] {
        lane(0).turn = kHost;
        attendant_.stand();
        attendant_.serve_here();
      },
      [&] { counts = offer(0); }, [&] { served = attendant_.leave(); },
      [&] { ASSERT_TRUE(served || !counts) << "a caller waits for a worker that went"; });
}

TEST_F(AtOnce, WhoComesSeesTheOfferOfWhoDoesNotKnow) {
  bool counts = false;
  std::atomic<uint32_t> taken_as = 0;
  serve_ = [&](Lane& lane) {
    taken_as = lane.turn.load();
    answer(lane);
  };
  repeat(
      [&] {
        attendant_.leave();
        lane(0).turn = kHost;
        taken_as = 0;
      },
      [&] { counts = offer(0); },
      [&] {
        attendant_.stand();
        attendant_.serve_here();
      },
      [&] {
        attendant_.serve_here();
        ASSERT_TRUE(counts || taken_as != (kEnclave | kOffered)) << "it could be taken back and served";
      });
}

TEST_F(AtOnce, WhoAnswersSeesWhoSleeps) {
  bool sleeps = false, wakes = false;
  std::atomic<bool> answered{false};
  repeat(
      [&] {
        lane(0).turn = kEnclave | kOffered;
        answered = false;
      },
      [&] {
        const CallerSleeps caller(attendance(0));
        sleeps = lane(0).turn.load(std::memory_order_relaxed) != kHost;
        while (!answered) std::this_thread::yield();
      },
      [&] {
        wakes = answer_offer(lane(0), attendance(0), kHost);
        answered = true;
      },
      [&] { ASSERT_TRUE(wakes || !sleeps) << "a caller sleeps for ever"; });
}

}  // namespace
}  // namespace strongroom::calls
