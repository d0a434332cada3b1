// Both sides of the calls in one process, for ThreadSanitizer: many threads of an application call an
// enclave, by ordinary and by switchless calls, with buffers, and the enclave calls back.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

// The interface of the test is called `calls`, too, and must be known before strongroom::calls is.
// clang-format off
#include "edge/calls_fixture.h"
#include "enclave/testing/enclave_in_process.h"
#include "host/call_gate.h"
#include "tee/launch.h"
// clang-format on

namespace strongroom::host {
namespace {

constexpr size_t kAreaSize = size_t{4} << 20;
constexpr uint32_t kWorkers = 4, kSwitchlessWorkers = 1;

class Application : public ::calls::HostFunctions {
 public:
  void note(std::string_view) override {}
  int callback(int depth) override {
    if (depth <= 0) {
      if (at_the_bottom) at_the_bottom();
      return 7;
    }
    const Result<int> result = enclave->calls_back(depth);
    if (!result) throw std::runtime_error(result.error().message);
    return *result;
  }
  int host_errno(int) override { return 0; }
  void give(std::span<uint8_t> bytes, bool& flag) override {
    std::ranges::fill(bytes, uint8_t{9});
    flag = true;
  }
  void throws(std::string_view text) override { throw std::runtime_error(std::string(text)); }
  void exchange(std::span<::calls::Buffer>) override {}
  void reenter() override {}
  void take(const ::calls::Point&) override {}

  ::calls::Enclave* enclave = nullptr;
  std::function<void()> at_the_bottom;
};

class BothSides : public ::testing::Test {
 protected:
  BothSides()
      : mapping_(SharedMapping::map(tee::create_call_area(kAreaSize).value().get(), kAreaSize).value()),
        area_(mapping_.bytes()) {}

  // Runs `work` on so many threads of the application, with a number of its own each.
  template <typename Work>
  static void on_threads(int count, const Work& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }

  SharedMapping mapping_;
  std::span<uint8_t> area_;
  Application application_;
  CallGate gate_{std::move(mapping_), [this](edge::ServerCall& call) { ::calls::serve(application_, call); },
                 kSwitchlessWorkers};
  ::calls::Enclave calls_{gate_};
};

void call_in_every_way(::calls::Enclave& enclave, int thread, int rounds) {
  std::vector<uint32_t> values(5000);
  std::vector<uint8_t> filled(200);
  for (int round = 0; round < rounds; ++round) {
    EXPECT_EQ(enclave.add(thread, round).value(), thread + round);
    EXPECT_TRUE(enclave.empty());
    std::iota(values.begin(), values.end(), static_cast<uint32_t>(thread + round));
    EXPECT_EQ(enclave.sum(values).value(), std::accumulate(values.begin(), values.end(), uint64_t{0}));
    EXPECT_TRUE(enclave.fill(filled));
    EXPECT_EQ(filled[100], 101);
    EXPECT_GT(enclave.calls_back(3).value(), 0);
    uint32_t cleared = 1, kept = 2;
    EXPECT_EQ(enclave.fails(cleared, kept, 1).error().message, "calls.fails: the patient's file is closed");
  }
}

TEST_F(BothSides, AgreeForManyThreads) {
  application_.enclave = &calls_;
  const enclave::testing::EnclaveInProcess enclave(area_, ::calls::serve, kWorkers, kSwitchlessWorkers);
  on_threads(6, [&](int thread) { call_in_every_way(calls_, thread, 60); });
  gate_.stop_serving();
}

// Short calls of more threads than processors and workers.
TEST_F(BothSides, EveryThreadGetsItsTurnWhereAllCallAllTheTime) {
  constexpr int kThreads = 8, kCalls = 2000;
  const enclave::testing::EnclaveInProcess enclave(area_, ::calls::serve, kWorkers, kSwitchlessWorkers);
  std::atomic<int> done{0};
  on_threads(kThreads, [&](int) {
    // Who is done keeps calling until all are.
    for (int made = 0; done < kThreads;) {
      EXPECT_TRUE(calls_.empty());
      if (++made == kCalls) ++done;
    }
  });
  gate_.stop_serving();
}

// The lane that all have gone through so far is taken for as long as they call.
TEST_F(BothSides, NobodyWaitsForACallThatLasts) {
  constexpr int kThreads = 6, kCalls = 500;
  application_.enclave = &calls_;
  const enclave::testing::EnclaveInProcess enclave(area_, ::calls::serve, kWorkers, kSwitchlessWorkers);
  std::atomic<int> made{0};
  std::atomic<bool> lasts{false};
  application_.at_the_bottom = [&] {
    lasts = true;
    while (made < kThreads * kCalls) std::this_thread::yield();
  };
  on_threads(kThreads, [&](int thread) {
    for (int call = 0; call < kCalls; ++call) EXPECT_TRUE(calls_.empty());
    if (thread == 0) {
      made += kCalls;
      EXPECT_GT(calls_.calls_back(1).value(), 0);
      return;
    }
    while (!lasts) EXPECT_TRUE(calls_.empty());
    for (int call = 0; call < kCalls; ++call, ++made) EXPECT_TRUE(calls_.empty());
  });
  gate_.stop_serving();
}

TEST_F(BothSides, EndForEverybodyAtOnce) {
  application_.enclave = &calls_;
  {
    const enclave::testing::EnclaveInProcess enclave(area_, ::calls::serve, kWorkers, kSwitchlessWorkers);
    std::atomic<int> made{0};
    on_threads(5, [&](int thread) {
      if (thread == 0) {
        while (made < 200) std::this_thread::yield();
        gate_.stop_serving();
        gate_.end({ErrorCode::kUnavailable, "the enclave was stopped"});
        return;
      }
      while (true) {
        const Result<int32_t> sum = calls_.add(thread, 1);
        if (!sum) {
          EXPECT_EQ(sum.error().message, "calls.add: the enclave was stopped");
          return;
        }
        EXPECT_EQ(*sum, thread + 1);
        ++made;
      }
    });
  }
  EXPECT_FALSE(calls_.empty());
}

}  // namespace
}  // namespace strongroom::host
