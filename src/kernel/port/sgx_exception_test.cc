// What an SGX enclave believes of an exception that its host reports.
#include "kernel/port/sgx_exception.h"

#include <gtest/gtest.h>

namespace strongroom::kernel::port::sgx {
namespace {

constexpr Place kPlace{.enclave_begin = 0x100000,
                       .enclave_end = 0x200000,
                       .kernel_begin = 0x101000,
                       .kernel_end = 0x110000,
                       .memory_begin = 0x120000,
                       .memory_end = 0x200000,
                       .enclu = 0x102000};
constexpr uint64_t kProgram = 0x120010, kKernel = 0x101100;
constexpr uint32_t kHardware = 3, kSoftware = 6;

uint32_t exit_info(uint32_t vector, uint32_t type) {
  return arch::kExitInfoValid | type << arch::kExitInfoTypeShift | vector;
}

struct Outcome {
  bool taken;
  TrapFrame frame;
};
Outcome take(uint32_t info, uint64_t claimed, uint64_t rip = kProgram, uint64_t address = 0,
             uint32_t error = 0) {
  arch::Gprsgx registers{};
  registers.exit_info = info;
  registers.rip = rip;
  registers.rsp = 0x1234;
  registers.r15 = 15;
  Outcome out{};
  out.taken = take_exception(registers, {.address = address, .error_code = error, .reserved = 0}, claimed,
                             kPlace, out.frame);
  return out;
}

// The whole table: each vector that the processor can report, by each type, claimed as each vector.
TEST(SgxException, IsTakenOnlyAsWhatTheProcessorReported) {
  const auto type_of = [](uint32_t vector) -> uint32_t {
    switch (vector) {
      case 0:
      case 5:
      case 6:
      case 13:
      case 14:
      case 16:
      case 17:
      case 19:
        return kHardware;
      case 3:
        return kSoftware;
      default:
        return 0;  // none that an enclave handles
    }
  };
  for (uint32_t vector = 0; vector < 32; ++vector)
    for (uint32_t type = 0; type < 8; ++type)
      for (uint64_t claimed = 0; claimed < 32; ++claimed) {
        const bool right = claimed == vector && type_of(vector) == type && type != 0;
        EXPECT_EQ(take(exit_info(vector, type), claimed).taken, right)
            << vector << " " << type << " " << claimed;
      }
}

TEST(SgxException, AnInterruptIsNone) {
  EXPECT_FALSE(take(0, 14).taken);
  EXPECT_FALSE(take(exit_info(14, kHardware) & ~arch::kExitInfoValid, 14).taken);
  EXPECT_FALSE(take(exit_info(14, kHardware), uint64_t{14} | 1ull << 32).taken);
}

TEST(SgxException, BringsTheRegistersOfTheSaveArea) {
  const Outcome outcome = take(exit_info(14, kHardware), 14, kProgram, 0x555, 6);
  ASSERT_TRUE(outcome.taken);
  EXPECT_EQ(outcome.frame.cause, TrapCause::kPageFault);
  EXPECT_EQ(outcome.frame.address, 0x555u);
  EXPECT_EQ(outcome.frame.error, 6u);
  EXPECT_EQ(outcome.frame.rip, kProgram);
  EXPECT_EQ(outcome.frame.rsp, 0x1234u);
  EXPECT_EQ(outcome.frame.r15, 15u);
}

TEST(SgxException, InTheKernelOnlyPlannedFaultsAreTaken) {
  EXPECT_TRUE(take(exit_info(14, kHardware), 14, kKernel, kPlace.memory_begin).taken);
  EXPECT_FALSE(take(exit_info(14, kHardware), 14, kKernel, kPlace.kernel_begin).taken)
      << "the kernel's memory";
  EXPECT_FALSE(take(exit_info(14, kHardware), 14, kKernel, kPlace.memory_end).taken) << "outside";
  EXPECT_FALSE(take(exit_info(6, kHardware), 6, kKernel).taken);
  EXPECT_FALSE(take(exit_info(13, kHardware), 13, kKernel).taken);
  EXPECT_TRUE(take(exit_info(13, kHardware), 13, kPlace.enclu).taken);
}

TEST(SgxException, ABreakpointIsBehindItsInstruction) {
  EXPECT_EQ(take(exit_info(3, kSoftware), 3).frame.rip, kProgram + 1);
}

TEST(SgxException, AJumpOutOfTheEnclaveIsAFetchThatFailed) {
  const Outcome outcome = take(exit_info(13, kHardware), 13, 0x42);
  EXPECT_EQ(outcome.frame.cause, TrapCause::kPageFault);
  EXPECT_EQ(outcome.frame.address, 0x42u);
  EXPECT_EQ(outcome.frame.error, uint64_t{kFaultFetch});
}

}  // namespace
}  // namespace strongroom::kernel::port::sgx
