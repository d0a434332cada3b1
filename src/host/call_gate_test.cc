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
