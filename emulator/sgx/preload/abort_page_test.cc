// What code outside reads of an enclave. Runs under the emulator with STRONGROOM_SGX_EMULATOR_ABORT_PAGE=1.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "preload/test_host.h"

namespace strongroom::sgx {
namespace {

constexpr uint32_t kEexit = 4, kEresume = 3;
constexpr uint64_t kOnes = ~uint64_t{0};

class AbortPage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(std::getenv("STRONGROOM_SGX_EMULATOR_ABORT_PAGE"), nullptr) << "run it by ctest";
    ASSERT_EQ(enclave_->initialise(), 0);
    enclave_->map();
  }
  [[nodiscard]] uint64_t read(uint64_t page, uint64_t offset = 0) const {
    return *reinterpret_cast<const volatile uint64_t*>(enclave_->at(page) + offset);
  }
  [[nodiscard]] bool is_hidden() const {
    for (uint64_t page = 0; page < 8; ++page)
      for (uint64_t offset = 0; offset < arch::kPageSize; offset += 8)
        if (read(page, offset) != kOnes) return false;
    return true;
  }
  template <typename Work>
  void while_a_thread_is_inside(const Work& work) const {
    std::atomic<uint64_t> finish{0};
    std::thread other([&] {
      while (enclave_->call(Command::kWait, reinterpret_cast<uint64_t>(&finish)).run.function != kEexit) {
      }
    });
    while (enclave_->call(Command::kEcho).run.function == kEexit) {
    }
    work();
    finish = 1;
    other.join();
  }
  [[nodiscard]] uint64_t loaded() const { return enclave_->call(Command::kLoad, enclave_->at(4)).rdx; }

  std::unique_ptr<TestEnclave> enclave_ = std::make_unique<TestEnclave>();
};

TEST_F(AbortPage, IsWhatIsReadOutside) {
  EXPECT_TRUE(is_hidden()) << "code, thread control structures, frames and data";
  const uint64_t before = loaded();
  ASSERT_EQ(enclave_->call(Command::kStore, enclave_->at(4)).run.function, kEexit);
  EXPECT_TRUE(is_hidden());
  const uint64_t after = loaded();
  EXPECT_NE(after, kOnes) << "inside is the content";
  EXPECT_NE(after, before) << "and what was written stays";
  EXPECT_TRUE(is_hidden());
}

TEST_F(AbortPage, IsWhatIsReadAfterAnExceptionToo) {
  ASSERT_EQ(enclave_->call(Command::kIllegal).run.vector, 6);
  EXPECT_TRUE(is_hidden()) << "the frame with the registers above all";
  ASSERT_EQ(enclave_->call(Command::kSkip, 2).run.function, kEexit);
  EXPECT_TRUE(is_hidden());
  EXPECT_EQ(enclave_->call(Command::kEcho, 0, 1, kEresume).rdx, 0x1111u);
  EXPECT_TRUE(is_hidden());
}

TEST_F(AbortPage, ComesBackWhenTheLastThreadHasLeft) {
  while_a_thread_is_inside(
      [&] { EXPECT_EQ(enclave_->call(Command::kEcho, 7, 6).rdx, 7u) << "and the other thread goes on"; });
  EXPECT_TRUE(is_hidden());
}

TEST_F(AbortPage, IsWhatAChildReadsWhileAThreadOfItsParentIsInside) {
  while_a_thread_is_inside([&] {
    const pid_t child = fork();
    if (child == 0) _exit(is_hidden() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  });
}

TEST_F(AbortPage, CannotBeWrittenTo) {
  EXPECT_EXIT(*reinterpret_cast<volatile uint64_t*>(enclave_->at(4)) = 5, testing::KilledBySignal(SIGSEGV),
              "");
}

}  // namespace
}  // namespace strongroom::sgx
