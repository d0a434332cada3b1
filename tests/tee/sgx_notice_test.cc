// A host that single-steps an enclave: without AEX-Notify it sees nothing of that; with it, it notices each
// interruption, and nothing is lost, leaked or repeated by the way back. Runs under the emulator.
#include <gmock/gmock.h>

#include <map>
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

// Offsets in the enclave.
struct Places {
  uint64_t entry, entry_with_gs, entry_end, exit, noticed, way_back, last, notice_end, function, function_end;
};

// What the host does, and what it has seen; of the one thread that goes by steps.
struct Stepper {
  Places at{};
  bool noticed = false;  // the image asks for notices
  // Where it interrupts: each instruction once.
  bool program = false, kernel = false, handler = false;
  bool claims = false;
  uint64_t every = 1;  // of the program's and the kernel's instructions: a notice costs hundreds of steps
  std::set<uint64_t> interrupted;
  uint64_t next = 0;       // where the enclave has to go on after an interruption; 0: nothing is due
  uint64_t previous = 0;   // the last instruction
  bool on_frame1 = false;  // CSSA is 1: the handler, or the first stage of an exception
  bool in_way_back = false;
  // The program's instruction that was interrupted, and the handler's steps up to EDECCSSA.
  uint64_t handled = 0, length = 0;
  std::map<uint64_t, std::set<uint64_t>> lengths;  // by the page of the instruction
  size_t unnoticed = 0, told = 0, notices = 0, begun_anew = 0, wrong = 0;
} stepper;

bool within(uint64_t offset, uint64_t begin, uint64_t end) {
  return offset >= begin && offset < end;
}
bool is_program(uint64_t offset) {
  return offset >= steps.kernel_end;
}

// All of the ways in and out.
bool is_chosen(uint64_t offset) {
  const Stepper& s = stepper;
  const bool of_handler =
      within(offset, s.at.noticed, s.at.notice_end) || within(offset, s.at.function, s.at.function_end);
  if (s.in_way_back || of_handler) return s.handler;
  if (is_program(offset)) return s.program && offset % s.every == 0;
  return s.kernel && (within(offset, s.at.entry, s.at.entry_end) || offset % (8 * s.every) == 0);
}

void expect_at(uint64_t offset, uint64_t expected) {
  if (offset != expected && ++stepper.wrong <= 5)
    ADD_FAILURE() << std::hex << "the enclave goes on at " << offset << ", not at " << expected;
}

// Takes note of the instruction that the enclave is about to execute.
void follow(uint64_t offset) {
  Stepper& s = stepper;
  if (s.next != 0) {
    expect_at(offset, s.next);
    if (!s.noticed) ++s.unnoticed;
  }
  if (s.previous == s.at.last && s.in_way_back) {
    if (s.handled != 0) expect_at(offset, s.handled);
    s.handled = 0;
    s.in_way_back = false;
  }
  // Who comes in without having left was interrupted, or had an exception.
  if (offset == s.at.entry && s.previous != s.at.exit) s.on_frame1 = true;
  if (s.on_frame1) ++s.length;
  if (offset == s.at.way_back) {
    ++s.notices;
    if (s.handled != 0) s.lengths[s.handled / 4096].insert(s.length);
    s.on_frame1 = false;
    s.in_way_back = true;
  }
  s.previous = offset;
  s.next = 0;
}

bool step(uint64_t rip) {
  Stepper& s = stepper;
  const uint64_t offset = rip - steps.base;
  ++steps.steps;
  follow(offset);
  if (!is_chosen(offset) || !s.interrupted.insert(offset).second) return false;
  ++steps.interruptions;
  if (s.claims) claim_now();
  const bool told = s.noticed && !s.on_frame1;
  s.next = told ? s.at.entry : offset;
  if (!told) {
    if (s.claims) s.next = 0;
    return true;
  }
  ++s.told;
  // The handler does less for its own way back than for the program.
  if (s.in_way_back) ++s.begun_anew;
  s.handled = !s.in_way_back && is_program(offset) ? offset : 0;
  s.in_way_back = false;
  s.length = 0;
  return true;
}

class Notice : public testing::Test {
 protected:
  void SetUp() override {
    if (!tee::sgx::is_emulated()) GTEST_SKIP() << "run it by ctest, which preloads the emulator";
    kernel_ = read_file(kernel_file()).value();
    const auto elf = image::ElfFile::parse(kernel_).value();
    const auto address = [&](const char* name) { return elf.find_symbol(name).value()->address; };
    const auto function = elf.find_symbol("strongroom_sgx_notice").value();
    stepper = {};
    stepper.at = {.entry = address("strongroom_entry_sgx"),
                  .entry_with_gs = address("strongroom_sgx_entry_with_gs"),
                  .entry_end = address("strongroom_sgx_entry_end"),
                  .exit = find_exit(elf),
                  .noticed = address("strongroom_sgx_noticed"),
                  .way_back = address("strongroom_sgx_way_back"),
                  .last = address("strongroom_sgx_resume_instruction"),
                  .notice_end = address("strongroom_sgx_notice_end"),
                  .function = function->address,
                  .function_end = function->address + function->size};
    stepper.previous = stepper.at.exit;
    prepare_steps(stepper.at.entry, stepper.at.entry_end);
    steps.inside = step;
  }
  void TearDown() override {
    steps.inside = nullptr;
    unsetenv("STRONGROOM_TEST_AEX_NOTIFY");
  }

  // The EEXIT of all ways out.
  static uint64_t find_exit(const image::ElfFile& elf) {
    const image::Disassembler disassembler;
    uint64_t address = elf.find_symbol("strongroom_sgx_leave").value()->address;
    while (true) {
      const auto instruction = disassembler.decode(elf.bytes_at(address, 16, "the way out").value(), address);
      if (!instruction || instruction->mnemonic == "ud2") throw std::runtime_error("there is no way out");
      if (instruction->mnemonic == "enclu") return address;
      address = instruction->end();
    }
  }

  static Ran run_noticed(const std::string& letters, bool stepped) {
    setenv("STRONGROOM_TEST_AEX_NOTIFY", "1", 1);
    stepper.noticed = true;
    steps.inside = stepped ? step : nullptr;
    return run_by_steps(letters, Where::kNowhere);
  }
  static void expect_same(const Ran& stepped, const Ran& whole) {
    EXPECT_STREQ(steps.wrong.load(), nullptr);
    EXPECT_EQ(stepper.wrong, 0u);
    EXPECT_EQ(stepped.end.kind, tee::EndKind::kExited) << stepped.end.message;
    EXPECT_EQ(stepped.output, whole.output);
    EXPECT_EQ(stepped.calls, whole.calls);
    EXPECT_THAT(whole.output, Not(HasSubstr("FAIL")));
  }

  Bytes kernel_;
};

// A system call, an instruction that is invalid, a page fault.
constexpr char kProbes[] = "rip";

TEST_F(Notice, WithoutItAHostStepsTheProgramAndNothingIsNoticed) {
  stepper.program = true;
  const Ran stepped = run_by_steps(kProbes, Where::kNowhere);
  EXPECT_EQ(stepped.end.kind, tee::EndKind::kExited) << stepped.end.message;
  EXPECT_GT(steps.interruptions, 100u);
  EXPECT_EQ(stepper.unnoticed, steps.interruptions) << "the enclave did something else first";
  EXPECT_EQ(stepper.notices, 0u);
}

TEST_F(Notice, WithItEachInterruptionOfProgramAndKernelIsNoticed) {
  const Ran whole = run_noticed(kProbes, false);
  stepper.program = stepper.kernel = true;
  stepper.every = 16;
  const Ran stepped = run_noticed(kProbes, true);
  expect_same(stepped, whole);
  // The others came on the second frame, in the first stage of an exception.
  EXPECT_GT(stepper.told, 100u);
  EXPECT_GE(stepper.notices, stepper.told);
  EXPECT_TRUE(stepper.interrupted.contains(stepper.at.entry)) << "an entry that has not found its thread";
  std::printf("%zu notices of %zu interruptions, %lu in all\n", stepper.notices, stepper.told,
              steps.interruptions.load());
}

// Who counts the handler's steps learns nothing of the instruction, but for its page.
TEST_F(Notice, TheHandlerTakesAsManyStepsForEachInstructionOfAPage) {
  stepper.program = true;
  stepper.every = 16;
  run_noticed("r", true);
  EXPECT_GT(stepper.lengths.size(), 1u);
  for (const auto& [page, lengths] : stepper.lengths) EXPECT_EQ(lengths.size(), 1u) << std::hex << page;
  std::printf("%lu steps of a handler\n", *stepper.lengths.begin()->second.begin());
}

// Its instructions, from the first behind the entry to the jump to the program; the RET in the program's
// page.
TEST_F(Notice, EachStepOfTheHandlerAndOfTheWayBackIsInterruptedOnce) {
  const Ran whole = run_noticed("r", false);
  stepper.program = stepper.handler = true;
  stepper.every = 16;
  const Ran stepped = run_noticed("r", true);
  expect_same(stepped, whole);
  EXPECT_GT(stepper.begun_anew, 40u);
  const auto elf = image::ElfFile::parse(kernel_).value();
  const image::Disassembler disassembler;
  for (uint64_t address = stepper.at.way_back; address <= stepper.at.last;) {
    const auto bytes = elf.bytes_at(address, stepper.at.notice_end - address, "the way back").value();
    EXPECT_TRUE(stepper.interrupted.contains(address)) << std::hex << address;
    address = disassembler.decode(bytes, address)->end();
  }
  std::printf("%zu times begun anew\n", stepper.begun_anew);
}

TEST_F(Notice, AHostThatClaimsExceptionsThatDidNotHappenIsRefused) {
  const Ran whole = run_noticed("r", false);
  stepper.program = stepper.handler = stepper.claims = true;
  stepper.every = 16;
  const Ran stepped = run_noticed("r", true);
  EXPECT_STREQ(steps.wrong.load(), nullptr);
  EXPECT_EQ(stepped.end.kind, tee::EndKind::kExited) << stepped.end.message;
  EXPECT_EQ(stepped.output, whole.output);
  EXPECT_EQ(stepped.calls, whole.calls);
  EXPECT_GT(steps.claimed, 100u);
}

}  // namespace
}  // namespace strongroom::tee_test
