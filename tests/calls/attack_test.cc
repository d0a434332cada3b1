// What an application can do to its enclave by the memory that they share, while the enclave works on it.
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "trial.h"

namespace strongroom::host {
namespace {

constexpr size_t kSize = size_t{64} << 10;

class Attack : public TrialTest {
 protected:
  void SetUp() override {
    TrialTest::SetUp();
    if (!enclave_) return;
    auto shared = (*enclave_)->shared_buffer(kSize);
    ASSERT_TRUE(shared) << shared.error().message;
    shared_.emplace(std::move(*shared));
  }
  void TearDown() override {
    over_ = true;
    if (scribbler_.joinable()) scribbler_.join();
  }
  // Changes all bytes again and again, until the test ends.
  void scribble(std::span<uint8_t> bytes) {
    scribbler_ = std::thread([this, bytes] {
      for (uint8_t mark = 0; !over_; ++mark)
        for (uint8_t& byte : bytes) *const_cast<volatile uint8_t*>(&byte) = mark;
    });
  }
  std::optional<SharedBuffer> shared_;

 private:
  std::atomic<bool> over_{false};
  std::thread scribbler_;
};

TEST_P(Attack, ArgumentsInASharedBufferDoNotChangeWhileTheEnclaveReadsThem) {
  scribble(shared_->bytes());
  for (int round = 0; round < 20; ++round) {
    const auto different = enclave_->changes_while_read(shared_->bytes());
    ASSERT_TRUE(different) << different.error().message;
    EXPECT_EQ(*different, 0u);
  }
}

// The message of a call stands behind the buffer, where the heap has room first.
TEST_P(Attack, ArgumentsInTheMessageDoNotChangeWhileTheEnclaveReadsThem) {
  constexpr size_t kBeginning = 4096;  // the message's own numbers
  scribble({shared_->bytes().data() + kSize + kBeginning, kSize - kBeginning});
  const std::vector<uint8_t> bytes(kSize, 1);
  bool changed_on_the_way = false;
  // It may take a while until the scheduler lets the attack run at the right moment.
  constexpr int kRounds = 20, kMostRounds = 5000;
  for (int round = 0; round < kRounds || (!changed_on_the_way && round < kMostRounds); ++round) {
    const auto different = enclave_->changes_while_read(bytes);
    ASSERT_TRUE(different) << different.error().message;
    EXPECT_EQ(*different, 0u);
    const auto sum = enclave_->sum(bytes);
    ASSERT_TRUE(sum) << sum.error().message;
    changed_on_the_way |= *sum != kSize;
  }
  EXPECT_TRUE(changed_on_the_way) << "the attack hit nothing";
}

TEST_P(Attack, ASharedBufferArrivesWholeAndInPrivateMemory) {
  std::iota(shared_->bytes().begin(), shared_->bytes().end(), uint8_t{7});
  const auto expected = std::accumulate(shared_->bytes().begin(), shared_->bytes().end(), uint64_t{0});
  for (const size_t from : {size_t{0}, size_t{1}, kSize / 2}) {
    const std::span<uint8_t> part = shared_->bytes().subspan(from);
    const auto sum = enclave_->sum(part);
    ASSERT_TRUE(sum) << sum.error().message;
    EXPECT_EQ(*sum, std::accumulate(part.begin(), part.end(), uint64_t{0}));
  }
  EXPECT_GT(expected, 0u);
}

TEST_P(Attack, ASharedBufferOutlivesItsEnclave) {
  (*enclave_)->kill();
  (void)(*enclave_)->wait();
  EXPECT_FALSE(enclave_->sum(shared_->bytes()));
  enclave_.reset();
  shared_->bytes()[0] = 1;
  shared_.reset();
}

TEST_P(Attack, ManySharedBuffersTakeNoMoreThanThereIs) {
  std::vector<SharedBuffer> held;
  while (true) {
    auto buffer = (*enclave_)->shared_buffer(size_t{1} << 20);
    if (!buffer) {
      EXPECT_EQ(buffer.error().code, ErrorCode::kResourceExhausted);
      break;
    }
    held.push_back(std::move(*buffer));
    ASSERT_LT(held.size(), 100u);
  }
  EXPECT_GE(held.size(), 6u);
  held.clear();
  EXPECT_TRUE((*enclave_)->shared_buffer(size_t{6} << 20));
}

// 64 ecalls deep, and 63 ocalls between them, is what is allowed.
TEST_P(Attack, RecursionGoesToTheLimitAndNoFurther) {
  for (int round = 0; round < 3; ++round) {
    const auto deepest = enclave_->descend(63);
    ASSERT_TRUE(deepest) << deepest.error().message;
    EXPECT_EQ(*deepest, 126u);
    EXPECT_FALSE(enclave_->descend(64));
    const auto switchless = enclave_->descend_switchless(63);
    ASSERT_TRUE(switchless) << switchless.error().message;
    EXPECT_EQ(*switchless, 126u);
    EXPECT_FALSE(enclave_->descend_switchless(64));
  }
}

TEST_P(Attack, AnOcallThatNeverReturnsDoesNotOutlastTheDeadlineOfStop) {
  std::thread stopper([&] {
    answers_.hanging.get_future().wait();
    const auto end = (*enclave_)->stop(std::chrono::milliseconds(50));
    EXPECT_TRUE(end);
    if (end) {
      EXPECT_EQ(end->message, "killed by the application");
    }
    answers_.release.set_value();
  });
  const auto asked = enclave_->ask_in_vain();
  stopper.join();
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, ErrorCode::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(Tee, Attack, kTees, tee_name);

}  // namespace
}  // namespace strongroom::host
