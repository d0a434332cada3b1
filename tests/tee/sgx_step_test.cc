// An enclave that is interrupted at each instruction of its ways in and out: nothing is lost, leaked or
// repeated. Runs under the emulator.
#include <gmock/gmock.h>

#include <set>

#include "base/file.h"
#include "image/elf_file.h"
#include "image/instruction.h"
#include "running.h"
#include "sgx_steps.h"
#include "tee/sgx/processor.h"

namespace strongroom::tee_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class EachStep : public testing::Test {
 protected:
  void SetUp() override {
    if (!tee::sgx::is_emulated()) GTEST_SKIP() << "run it by ctest, which preloads the emulator";
    kernel_ = read_file(kernel_file()).value();
    const auto elf = image::ElfFile::parse(kernel_).value();
    const uint64_t begin = elf.find_symbol("strongroom_entry_sgx").value()->address;
    const uint64_t end = elf.find_symbol("strongroom_sgx_entry_end").value()->address;
    ASSERT_LT(end - begin, Steps::kRoom);
    prepare_steps(begin, end);
  }

  // Each instruction of sgx_entry.S, as an offset in the enclave; without those behind the ends of its ways.
  std::set<uint64_t> entry_code() const {
    const auto elf = image::ElfFile::parse(kernel_).value();
    uint64_t address = steps.entry_begin;
    ByteView code = elf.bytes_at(address, steps.entry_end - address, "the entry code").value();
    std::set<uint64_t> all;
    const image::Disassembler disassembler;
    while (address < steps.entry_end) {
      const auto instruction = disassembler.decode(code, address);
      if (!instruction) break;
      if (instruction->mnemonic != "ud2") all.insert(address);
      code = code.subspan(instruction->length);
      address = instruction->end();
    }
    EXPECT_EQ(address, steps.entry_end);
    return all;
  }

  static void expect_same(const Ran& stepped, const Ran& whole) {
    EXPECT_STREQ(steps.wrong.load(), nullptr);
    EXPECT_EQ(stepped.end.kind, tee::EndKind::kExited) << stepped.end.message;
    EXPECT_EQ(stepped.output, whole.output);
    EXPECT_THAT(whole.output, Not(HasSubstr("FAIL")));
  }

  Bytes kernel_;
};

constexpr char kProbes[] = "rtwvkidpa";

// With the host reporting exceptions that did not happen at each of them, also within the entries that refuse
// those: so the ways to refuse are among the covered.
TEST_F(EachStep, OfTheWaysInAndOutIsInterruptedOnce) {
  const Ran whole = run_by_steps("timas", Where::kNowhere);
  const Ran stepped = run_by_steps("timas", Where::kEntryCode, true);
  expect_same(stepped, whole);
  const std::set<uint64_t> all = entry_code();
  EXPECT_GT(all.size(), 150u);
  for (const uint64_t address : all)
    EXPECT_TRUE(steps.interrupted[address - steps.entry_begin]) << std::hex << address;
  EXPECT_GE(steps.claimed, all.size());
  std::printf("%zu instructions of sgx_entry.S\n", all.size());
}

TEST_F(EachStep, OfTheKernelIsInterruptedOnceAndHostCallsAreMadeOnce) {
  const Ran whole = run_by_steps(kProbes, Where::kNowhere);
  const Ran stepped = run_by_steps(kProbes, Where::kKernel);
  expect_same(stepped, whole);
  EXPECT_EQ(stepped.calls, whole.calls);
  EXPECT_GT(steps.interruptions, 5000u);
}

// Each instruction of an answer's way in and of a call's way out, or of a wait's, in a round of its own in
// which no other is; and an exception is claimed there. Steps end behind it.
class EachStepAlone : public EachStep, public testing::WithParamInterface<char> {};

TEST_P(EachStepAlone, OfAHostCallOrAWaitIsInterrupted) {
  run_by_steps(std::string(1, GetParam()), Where::kEntryCode);
  std::string letters;
  for (const uint64_t address : entry_code()) {
    if (!steps.interrupted[address - steps.entry_begin]) continue;  // of other ways
    letters += GetParam();
    steps.rounds.push_back(address);
  }
  EXPECT_GT(letters.size(), 30u);
  const Ran whole = run_by_steps(letters, Where::kNowhere);
  const Ran stepped = run_by_steps(letters, Where::kEntryCode, true);
  expect_same(stepped, whole);
  EXPECT_EQ(stepped.calls, whole.calls);
}
INSTANTIATE_TEST_SUITE_P(Ways, EachStepAlone, testing::Values('x', 'a'));

TEST_F(EachStep, AThousandRewrittenSystemCallsCrossNoBorder) {
  const Ran ran = run_by_steps("nnn", Where::kNowhere);
  // In with the letter, and out with the line.
  EXPECT_THAT(ran.crossings, testing::Each(2u));
  EXPECT_EQ(ran.crossings.size(), 3u);
}

}  // namespace
}  // namespace strongroom::tee_test
