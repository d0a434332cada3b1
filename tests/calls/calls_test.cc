// What calls do, in every TEE.
#include <algorithm>
#include <numeric>
#include <thread>
#include <vector>

#include "trial.h"

namespace strongroom::host {
namespace {

class Calls : public TrialTest {};

TEST_P(Calls, AnEcallReturnsItsResult) {
  for (uint64_t i = 0; i < 1000; ++i) {
    const auto sum = enclave_->add(i, 5);
    ASSERT_TRUE(sum) << sum.error().message;
    ASSERT_EQ(*sum, i + 5);
  }
}

TEST_P(Calls, BuffersOfAnySizeGoInAndOut) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{4095}, size_t{100'000}, size_t{3} << 20}) {
    std::vector<uint8_t> from(size), to(size);
    std::iota(from.begin(), from.end(), uint8_t{1});
    const auto sum = enclave_->sum(from);
    ASSERT_TRUE(sum) << sum.error().message;
    EXPECT_EQ(*sum, std::accumulate(from.begin(), from.end(), uint64_t{0}));
    const auto reversed = enclave_->reverse(from, to);
    ASSERT_TRUE(reversed) << reversed.error().message;
    std::reverse(to.begin(), to.end());
    EXPECT_EQ(from, to);
  }
}

TEST_P(Calls, WhatIsLargerThanTheCallAreaIsRefusedAndTheNextCallWorks) {
  const std::vector<uint8_t> large(size_t{9} << 20);
  const auto sum = enclave_->sum(large);
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(sum.error().message.find("call_area_size"), std::string::npos);
  EXPECT_TRUE(enclave_->add(1, 1));
}

TEST_P(Calls, OcallsAreServedOnTheThreadOfTheEcall) {
  const auto total = enclave_->ask(10, 100);
  ASSERT_TRUE(total) << total.error().message;
  EXPECT_EQ(*total, 2 * (100 * 10 + 4950));
  EXPECT_EQ(answers_.answered, 100u);
  const CallMetrics metrics = (*enclave_)->call_metrics();
  EXPECT_EQ(metrics.ecalls, 1u);
  EXPECT_EQ(metrics.ocalls, 100u);
  EXPECT_GT(metrics.workers, 0u);
}

TEST_P(Calls, EcallsAndOcallsNest) {
  const auto depth = enclave_->descend(20);
  ASSERT_TRUE(depth) << depth.error().message;
  EXPECT_EQ(*depth, 40u);
}

TEST_P(Calls, NestingBeyondTheLimitIsAnErrorOfThatCall) {
  const auto depth = enclave_->descend(100);
  ASSERT_FALSE(depth);
  EXPECT_NE(depth.error().message.find("nest too deep"), std::string::npos) << depth.error().message;
  EXPECT_TRUE(enclave_->add(1, 1));
}

TEST_P(Calls, AnExceptionInTheEnclaveIsTheErrorOfTheCall) {
  const auto thrown = enclave_->throw_up("on purpose");
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().code, ErrorCode::kCallFailed);
  EXPECT_NE(thrown.error().message.find("on purpose"), std::string::npos);
  EXPECT_TRUE(enclave_->add(1, 1));
}

TEST_P(Calls, APrivateEcallIsRefusedFromOutside) {
  const auto refused = enclave_->descend_further(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
}

TEST_P(Calls, SwitchlessCallsGiveTheSameResults) {
  for (uint64_t i = 0; i < 500; ++i) {
    const auto sum = enclave_->add_switchless(i, 5);
    ASSERT_TRUE(sum) << sum.error().message;
    ASSERT_EQ(*sum, i + 5);
  }
  const auto total = enclave_->ask_switchless(10, 100);
  ASSERT_TRUE(total) << total.error().message;
  EXPECT_EQ(*total, 2 * (100 * 10 + 4950));
  const auto depth = enclave_->descend_switchless(10);
  ASSERT_TRUE(depth) << depth.error().message;
  EXPECT_EQ(*depth, 20u);
}

TEST_P(Calls, SwitchlessCallsOfMoreThreadsThanWorkersGoTheOrdinaryWay) {
  constexpr uint64_t kThreads = 20, kRounds = 100;
  std::atomic<uint64_t> right{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kRounds; ++i) {
        const auto sum = enclave_->add_switchless(t, i);
        const auto asked = i % 8 == 0 ? enclave_->ask_switchless(t, 2) : Result<uint64_t>(2 * (2 * t + 1));
        right += sum && *sum == t + i && asked && *asked == 2 * (2 * t + 1) ? 1 : 0;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads * kRounds);
}

TEST_P(Calls, ManyThreadsCallAtOnceAndMoreThanThereAreWorkers) {
  constexpr uint64_t kThreads = 24, kRounds = 200;
  std::atomic<uint64_t> right{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kRounds; ++i) {
        const auto sum = enclave_->add(t, i);
        const auto asked = i % 16 == 0 ? enclave_->ask(t, 2) : Result<uint64_t>(2 * (2 * t + 1));
        right += sum && *sum == t + i && asked && *asked == 2 * (2 * t + 1) ? 1 : 0;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads * kRounds);
}

INSTANTIATE_TEST_SUITE_P(Tee, Calls, kTees, tee_name);

}  // namespace
}  // namespace strongroom::host
