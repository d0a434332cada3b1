// The handler of interruptions, in an enclave that is an array.
#include "kernel/port/sgx_notice.h"

#include <gtest/gtest.h>

#include <cstring>

#include "kernel/boot.h"
#include "kernel/port/sgx_memory.h"

extern "C" {
// Not const: the header, the code and the stacks are written by the tests.
alignas(4096) uint8_t strongroom_test_notice_enclave[16 * 4096];
strongroom::kernel::port::sgx::Notice strongroom_sgx_notice(strongroom::arch::Gprsgx* saved,
                                                            strongroom::kernel::Thread* thread,
                                                            uint64_t claim, uint64_t stack_end);
extern const char strongroom_entry_sgx[], strongroom_sgx_entry_with_gs[];
extern const char strongroom_sgx_return[], strongroom_sgx_resume_instruction[];
}
// Pages: 0 header, 1 and 2 the kernel's code and constants, 3 its data, 4 boot data, 5 gates, 6 to 8 program
// and arena, 10 a guard, 11 and 12 a kernel stack, 14 and 15 the handler's frame.
asm(".globl strongroom_text_start, strongroom_text_end, strongroom_data_start\n"
    ".set strongroom_text_start, strongroom_test_notice_enclave + 4096\n"
    ".set strongroom_text_end, strongroom_test_notice_enclave + 2 * 4096\n"
    ".set strongroom_data_start, strongroom_test_notice_enclave + 3 * 4096\n"
    ".globl strongroom_entry_sgx, strongroom_sgx_entry_with_gs, strongroom_sgx_return, "
    "strongroom_sgx_resume_instruction\n"
    ".set strongroom_entry_sgx, strongroom_test_notice_enclave + 4096 + 64\n"
    ".set strongroom_sgx_entry_with_gs, strongroom_test_notice_enclave + 4096 + 80\n"
    ".set strongroom_sgx_resume_instruction, strongroom_test_notice_enclave + 4096 + 512\n"
    ".set strongroom_sgx_return, strongroom_test_notice_enclave + 4096 + 520\n");

namespace strongroom::kernel {

uint64_t enclave_base() {
  return reinterpret_cast<uint64_t>(strongroom_test_notice_enclave);
}
const arch::ImageHeader& image_header() {
  return *reinterpret_cast<const arch::ImageHeader*>(strongroom_test_notice_enclave);
}

namespace port::sgx {
namespace {

uint64_t access_of_page[16];  // arch::Protection

}  // namespace

uint64_t access_to(uint64_t address) {
  const uint64_t page = (address - enclave_base()) / 4096;
  return page < 16 ? access_of_page[page] : 0;
}

namespace {

constexpr uint64_t kRet = 0xc3;
constexpr uint32_t kPageFault = 0x8000'030e, kDivideError = 0x8000'0300;

uint64_t page(uint64_t number, uint64_t offset = 0) {
  return enclave_base() + number * 4096 + offset;
}

class Noticed : public testing::Test {
 protected:
  void SetUp() override {
    std::memset(strongroom_test_notice_enclave, 0, sizeof strongroom_test_notice_enclave);
    auto& header = *reinterpret_cast<arch::ImageHeader*>(strongroom_test_notice_enclave);
    header.kernel = {1 * 4096, 3 * 4096};
    header.boot_data = {4 * 4096, 4096};
    header.gates = {5 * 4096, 4096};
    header.kernel_stacks = {10 * 4096, 3 * 4096};
    header.kernel_stack_stride = 3 * 4096;
    std::memset(access_of_page, 0, sizeof access_of_page);
    access_of_page[6] = arch::kRead | arch::kExecute;
    access_of_page[7] = arch::kRead | arch::kWrite;
    access_of_page[8] = arch::kRead;
    put(6, 0x100, {0x48, 0x8b, 0x03});  // mov (%rbx), %rax
    put(6, 0x200, {kRet});
    saved.rip = page(6, 0x100);
    saved.rbx = page(7, 0x10);
    saved.rsp = page(7, 0x800);
    saved.r15 = 0xabc;
    saved.rflags = 0x246;
    saved.gs_base = thread_address();
  }
  static void put(uint64_t number, uint64_t offset, std::initializer_list<uint64_t> bytes) {
    auto* at = strongroom_test_notice_enclave + number * 4096 + offset;
    for (const uint64_t byte : bytes) *at++ = static_cast<uint8_t>(byte);
  }
  static uint64_t thread_address() { return page(13) - kThreadAreaSize; }
  static Interrupted& interrupted() {
    return *reinterpret_cast<Interrupted*>(thread_address() + kInterruptedOffset);
  }
  static uint64_t own() { return reinterpret_cast<uint64_t>(&interrupted()); }
  Notice notice(uint64_t claim = 0) {
    return strongroom_sgx_notice(&saved, reinterpret_cast<Thread*>(thread_address()), claim, stack_end());
  }
  static uint64_t stack_end() { return page(16) - 208; }

  arch::Gprsgx saved{};
};

TEST_F(Noticed, AnInterruptIsNotedWithAllRegisters) {
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(std::memcmp(&interrupted(), &saved, 18 * sizeof(uint64_t)), 0);
  EXPECT_EQ(interrupted().registers[15], 0xabcu);
  EXPECT_EQ(interrupted().rip, saved.rip);
  EXPECT_EQ(interrupted().rflags, 0x246u);
}

TEST_F(Noticed, WhatTheInstructionNeedsIsMadeNear) {
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(interrupted().near_return, page(6, 0x200));
  EXPECT_EQ(interrupted().near_code, saved.rip);
  const uint64_t expected[kNear] = {saved.rsp - 8, saved.rsp, saved.rbx, saved.rbx + 63, own()};
  for (size_t i = 0; i < kNear; ++i) {
    EXPECT_EQ(interrupted().near_read[i], expected[i]) << i;
    EXPECT_EQ(interrupted().near_write[i], expected[i]) << i;
  }
}

TEST_F(Noticed, NothingIsTouchedThatMayNotBe) {
  saved.rbx = page(8, 0xfe0);  // readable, and behind it nothing
  saved.rsp = page(9, 0x10);   // nothing
  ASSERT_EQ(notice(), Notice::kGoOn);
  const uint64_t reads[kNear] = {own(), own(), saved.rbx, own(), own()};
  for (size_t i = 0; i < kNear; ++i) {
    EXPECT_EQ(interrupted().near_read[i], reads[i]) << i;
    EXPECT_EQ(interrupted().near_write[i], own()) << i;
  }
  saved.rip = page(9);
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(interrupted().near_code, own());
  EXPECT_EQ(interrupted().near_return, reinterpret_cast<uint64_t>(strongroom_sgx_return));
  saved.rip = page(8);  // data, with a RET in it
  put(8, 0, {0x90, kRet});
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(interrupted().near_return, reinterpret_cast<uint64_t>(strongroom_sgx_return));
}

TEST_F(Noticed, OfTheEnclavesOwnPagesThoseAreTouchedThatItsCodeMayTouch) {
  struct Case {
    uint64_t address;
    bool read, write;
  };
  const Case cases[] = {{page(0), true, false},  {page(1), true, false},   {page(2), true, false},
                        {page(3), true, true},   {page(4), true, false},   {page(5), true, false},
                        {page(9), false, false}, {page(10), false, false}, {page(11), true, true},
                        {page(12), true, true},  {page(13), false, false}, {page(0) - 1, false, false}};
  for (const Case& one : cases) {
    saved.rbx = one.address;
    ASSERT_EQ(notice(), Notice::kGoOn);
    EXPECT_EQ(interrupted().near_read[2], one.read ? one.address : own()) << (one.address - page(0)) / 4096;
    EXPECT_EQ(interrupted().near_write[2], one.write ? one.address : own()) << (one.address - page(0)) / 4096;
  }
}

TEST_F(Noticed, TheRetIsThatOfTheInstructionsPage) {
  for (const uint64_t code : {uint64_t{1}, uint64_t{5}, uint64_t{6}}) {
    put(code, 0xfff, {kRet});
    put(6, 0x200, {0});
    saved.rip = page(code, 0x300);
    ASSERT_EQ(notice(), Notice::kGoOn);
    EXPECT_EQ(interrupted().near_return, page(code, 0xfff));
  }
  put(6, 0xfff, {0});
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(interrupted().near_return, reinterpret_cast<uint64_t>(strongroom_sgx_return));
}

TEST_F(Noticed, AnInstructionIsReadToTheEndOfItsPageAlone) {
  put(6, 0xffe, {0x48, 0x8b});
  put(7, 0, {0x03});
  saved.rip = page(6, 0xffe);
  ASSERT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(interrupted().near_read[2], own()) << "(%rax), which is zero";
}

TEST_F(Noticed, WhatTheHostClaimsIsForTheFirstStageOfExceptions) {
  EXPECT_EQ(notice(14), Notice::kClaimed);
  saved.exit_info = kPageFault;
  EXPECT_EQ(notice(14), Notice::kClaimed);
  EXPECT_EQ(notice(), Notice::kGoOn) << "the host has resolved it: the access is repeated";
  saved.exit_info = kDivideError;
  EXPECT_EQ(notice(), Notice::kClaimed) << "the claim of vector 0";
}

TEST_F(Noticed, TheWayBackBeginsAnewFromWhatWasNoted) {
  ASSERT_EQ(notice(), Notice::kGoOn);
  const Interrupted before = interrupted();
  saved = {};
  saved.r15 = 0x1;
  for (const uint64_t rsp : {stack_end(), stack_end() - 40, stack_end() - 2047}) {
    saved.rsp = rsp;
    saved.rip = page(6, 0x200);
    EXPECT_EQ(notice(), Notice::kGoOn);
    EXPECT_EQ(std::memcmp(&interrupted(), &before, sizeof before), 0);
  }
  saved.rsp = page(7);
  saved.rip = reinterpret_cast<uint64_t>(strongroom_sgx_resume_instruction);
  EXPECT_EQ(notice(), Notice::kGoOn);
  EXPECT_EQ(std::memcmp(&interrupted(), &before, sizeof before), 0);
  EXPECT_EQ(notice(14), Notice::kRefuse) << "no exception happened there";
}

TEST_F(Noticed, WhatFaultsOnTheWayBackIsNotTouchedAgain) {
  ASSERT_EQ(notice(), Notice::kGoOn);
  const Interrupted before = interrupted();
  saved.rsp = stack_end() - 40;
  saved.exit_info = kPageFault;
  EXPECT_EQ(notice(14), Notice::kRepeat);
  EXPECT_EQ(saved.exit_info, 0u) << "taken once";
  EXPECT_EQ(std::memcmp(&interrupted(), &before, offsetof(Interrupted, near_return)), 0);
  EXPECT_EQ(interrupted().near_return, reinterpret_cast<uint64_t>(strongroom_sgx_return));
  EXPECT_EQ(interrupted().near_code, own());
  for (size_t i = 0; i < kNear; ++i) {
    EXPECT_EQ(interrupted().near_read[i], own());
    EXPECT_EQ(interrupted().near_write[i], own());
  }
  EXPECT_EQ(notice(), Notice::kGoOn);
}

TEST_F(Noticed, AnEntryWithoutItsThreadIsCompleted) {
  constexpr uint64_t kThreadInLastPage = 4096 - kThreadAreaSize;
  saved.gs_base = thread_address() - kThreadInLastPage;
  saved.rflags = 0x646;  // DF
  for (const uint64_t offset : {uint64_t{0}, uint64_t{15}}) {
    saved.rip = reinterpret_cast<uint64_t>(strongroom_entry_sgx) + offset;
    ASSERT_EQ(notice(), Notice::kGoOn);
    EXPECT_EQ(interrupted().rip, reinterpret_cast<uint64_t>(strongroom_sgx_entry_with_gs));
    EXPECT_EQ(interrupted().registers[11], thread_address());
    EXPECT_EQ(interrupted().rflags, 0x246u);
    EXPECT_EQ(interrupted().registers[15], 0xabcu);
  }
  saved.rip = reinterpret_cast<uint64_t>(strongroom_sgx_entry_with_gs);
  EXPECT_EQ(notice(), Notice::kRefuse);
  saved.rip = page(6, 0x100);
  EXPECT_EQ(notice(), Notice::kRefuse) << "the program has moved GS";
  saved.rip = reinterpret_cast<uint64_t>(strongroom_entry_sgx);
  saved.gs_base += 8;
  EXPECT_EQ(notice(), Notice::kRefuse);
}

}  // namespace
}  // namespace port::sgx
}  // namespace strongroom::kernel
