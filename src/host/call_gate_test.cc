// Enclaves that lie in the call area.
#include "host/call_gate.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "base/futex.h"
#include "host/testing/hostile_enclave.h"
#include "tee/launch.h"

namespace strongroom::host {
namespace {

TEST(HostileEnclave, WhatItWritesNeverLeadsTheApplicationAstray) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> script(random() % 400);
    for (uint8_t& byte : script) byte = static_cast<uint8_t>(random());
    testing::check_gate(script);
  }
}

// A gate, and the call area as an enclave with so many workers has it.
class Gate : public ::testing::Test {
 protected:
  Gate() { area_.header().workers = 2; }
  ~Gate() override { gate_.end({ErrorCode::kUnavailable, "over"}); }

  static constexpr edge::CallInfo kCall{"test.call", 0, false, false, 0};
  static constexpr size_t kSize = sizeof(edge::RequestHeader);

  FileDescriptor file_ = tee::create_call_area(calls::kMinimumArea).value();
  SharedMapping mapping_ = SharedMapping::map(file_.get(), calls::kMinimumArea).value();
  calls::Area area_{mapping_.bytes()};
  CallGate gate_{SharedMapping::map(file_.get(), calls::kMinimumArea).value(), {}, 0};
};

TEST_F(Gate, DoesNotUseALaneAgainOnWhichTheEnclaveBrokeTheProtocol) {
  const edge::Loan first = gate_.acquire(kCall, kSize);
  ASSERT_EQ(first.place, 0u);
  std::thread enclave([this] {
    calls::Lane& lane = area_.lane(0);
    while (calls::is_turn_of(lane, calls::kHost)) std::this_thread::yield();
    lane.message = static_cast<uint32_t>(calls::LaneMessage::kNone);
    calls::hand_over(lane, calls::kHost);
    futex_wake(lane.turn, 1);
  });
  EXPECT_FALSE(gate_.call(kCall, first, kSize, 0));
  EXPECT_EQ(gate_.failure().code, ErrorCode::kMalformed);
  enclave.join();
  gate_.release(first);
  const edge::Loan second = gate_.acquire(kCall, kSize);
  EXPECT_EQ(second.place, 1u);
  gate_.release(second);
  EXPECT_EQ(gate_.acquire(kCall, kSize).place, 1u) << "the other lane is as good as ever";
}

// At lane 0 sleeps, as the enclave says, the worker of some seat.
class SleepingWorker : public Gate {
 protected:
  SleepingWorker() { area_.lane(0).turn = calls::kHost | calls::asleep_on(kSeat); }

  // Makes a call by lane 0, which the enclave answers once `sees_it()`.
  template <typename SeesIt>
  void call_answered_when(const SeesIt& sees_it) {
    const edge::Loan loan = gate_.acquire(kCall, kSize);
    ASSERT_EQ(loan.place, 0u);
    std::thread enclave([&] {
      calls::Lane& lane = area_.lane(0);
      while (calls::is_turn_of(lane, calls::kHost) || !sees_it()) std::this_thread::yield();
      if (calls::answer(lane, calls::kHost) != 0) futex_wake(lane.turn, 1);
    });
    EXPECT_TRUE(gate_.call(kCall, loan, kSize, 0));
    enclave.join();
    gate_.release(loan);
  }
  [[nodiscard]] uint32_t rung(uint32_t seat) const { return area_.seat(seat).word; }
  [[nodiscard]] uint64_t unattended() const { return area_.header().unattended.lanes; }

  static constexpr uint32_t kSeat = 1;
};

TEST_F(SleepingWorker, IsWokenAtItsSeat) {
  call_answered_when([this] { return rung(kSeat) == 1; });
  EXPECT_EQ(rung(0), 0u);
  EXPECT_EQ(unattended(), 0u) << "no worker was looking";
}

// It is waited for some microseconds, in which the scheduler may let somebody else run.
TEST_F(SleepingWorker, IsLeftAloneWhereOneThatIsAwakeComes) {
  constexpr int kTries = 5000;
  area_.header().unattended.looks = 1;
  for (int i = 0; i < kTries; ++i) {
    const uint32_t before = rung(kSeat);
    bool has_come = false;
    area_.lane(0).turn = calls::kHost | calls::asleep_on(kSeat);
    call_answered_when([&] {
      has_come = (area_.header().unattended.lanes.fetch_and(~uint64_t{1}) & 1) != 0;
      return has_come || rung(kSeat) != before;
    });
    if (!has_come) continue;
    EXPECT_EQ(rung(kSeat), before);
    return;
  }
  FAIL() << "each call gave up before another worker could come";
}

TEST_F(SleepingWorker, IsWokenWhereNoneComesThatWasLooking) {
  area_.header().unattended.looks = 1;
  call_answered_when([this] { return rung(kSeat) == 1; });
  EXPECT_EQ(unattended(), 0u) << "what is left behind would draw workers to a lane without a call";
}

TEST_F(SleepingWorker, IsWokenAtTheLaneWhereItsSeatIsALie) {
  area_.lane(0).turn = calls::kHost | calls::kSleeping | calls::kSeat;
  call_answered_when([] { return true; });
  for (uint32_t seat = 0; seat < calls::kWorkerLanes; ++seat) EXPECT_EQ(rung(seat), 0u) << seat;
}

TEST_F(Gate, LendsNothingOnceItHasEnded) {
  const edge::Loan loan = gate_.acquire(kCall, kSize);
  ASSERT_NE(loan.data, nullptr);
  gate_.release(loan);
  gate_.end({ErrorCode::kUnavailable, "the enclave has ended: killed by a test"});
  EXPECT_EQ(gate_.acquire(kCall, kSize).data, nullptr);
  EXPECT_EQ(gate_.failure().message, "the enclave has ended: killed by a test");
}

}  // namespace
}  // namespace strongroom::host
