#include "instruction_tally.h"

#include <gtest/gtest.h>

#include <array>

#include "base/file.h"

extern "C" const char __executable_start, etext;

namespace strongroom::bench {

[[gnu::noinline]] void only_waits() {
  asm volatile("");
}

namespace {

constexpr uint8_t kNop = 0x90, kRep = 0xf3, kStore = 0xaa;

// Code that nobody executes: NOPs, a PAUSE at 0 and REP STOSB at 2.
class InstructionTallyTest : public ::testing::Test {
 protected:
  InstructionTallyTest() {
    code_.fill(kNop);
    code_[0] = code_[2] = kRep;
    code_[3] = kStore;
    InstructionTally::enable(true);
  }
  ~InstructionTallyTest() override { InstructionTally::enable(false); }

  void execute(uint64_t offset, int times = 1) {
    for (int i = 0; i < times; ++i) tally_.count(begin() + offset);
  }
  [[nodiscard]] uint64_t begin() const { return reinterpret_cast<uint64_t>(code_.data()); }
  [[nodiscard]] uint64_t total() {
    InstructionTally::settle();
    return tally_.total();
  }

  alignas(64) std::array<uint8_t, 64> code_{};
  InstructionTally tally_{reinterpret_cast<uint64_t>(code_.data()),
                          reinterpret_cast<uint64_t>(code_.data()) + sizeof code_, 0};
};

TEST_F(InstructionTallyTest, CoversItsCodeAlone) {
  EXPECT_TRUE(tally_.covers(begin()));
  EXPECT_TRUE(tally_.covers(begin() + sizeof code_ - 1));
  EXPECT_FALSE(tally_.covers(begin() - 1));
  EXPECT_FALSE(tally_.covers(begin() + sizeof code_));
}

TEST_F(InstructionTallyTest, CountsEachInstruction) {
  execute(10, 3);
  execute(20);
  EXPECT_EQ(total(), 4);
}

TEST_F(InstructionTallyTest, CountsARepeatedStringInstructionOnce) {
  execute(2, 100);
  execute(10);
  execute(2, 5);
  EXPECT_EQ(total(), 3);
}

TEST_F(InstructionTallyTest, LeavesOutWhatLiesBetweenPausesThatFollowEachOtherClosely) {
  execute(10);
  for (int i = 0; i < 20; ++i) {
    execute(0);
    execute(20, 10);
  }
  execute(0);
  EXPECT_EQ(total(), 1);
}

TEST_F(InstructionTallyTest, CountsWhatFollowsTheLastPause) {
  execute(0);
  execute(20, 7);
  execute(0);
  execute(20, 300);
  EXPECT_EQ(total(), 300);
  execute(20, 5);
  EXPECT_EQ(total(), 305);
}

TEST(InstructionTally, LeavesOutTheFunctionThatOnlyWaits) {
  const auto start = reinterpret_cast<uint64_t>(&__executable_start);
  InstructionTally tally(start, reinterpret_cast<uint64_t>(&etext), start);
  const Bytes bytes = read_file("/proc/self/exe").value();
  const auto file = image::ElfFile::parse(bytes).value();
  EXPECT_EQ(tally.leave_out(file, "strongroom::bench::is_not_there").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(tally.leave_out(file, "strongroom::bench::only_waits"));
  InstructionTally::enable(true);
  const auto waiting = reinterpret_cast<uint64_t>(&only_waits);
  tally.count(waiting);
  EXPECT_EQ(tally.total(), 0);
  tally.count(waiting - 1);
  EXPECT_EQ(tally.total(), 1);
  InstructionTally::enable(false);
}

TEST_F(InstructionTallyTest, AddsNothingWhileItIsNotEnabled) {
  InstructionTally::enable(false);
  execute(10, 3);
  EXPECT_EQ(total(), 0);
}

}  // namespace
}  // namespace strongroom::bench
