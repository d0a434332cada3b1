// The border of enclave mode: EENTER, EEXIT, asynchronous exits, ERESUME.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;
using arch::ExceptionVector;

std::unique_ptr<TestMachine> ready(const arch::Secs& secs = make_secs()) {
  auto machine = std::make_unique<TestMachine>(secs);
  machine->initialise();
  machine->prepare_entry();
  return machine;
}

TEST(Eenter, GoesToTheEntryPointWithTheStateOfTheTcs) {
  const auto machine = ready();
  const Registers before = machine->cpu.registers;
  const uint64_t fs_base = machine->cpu.fs_base;
  ASSERT_FALSE(machine->run());
  Registers expected = before;
  expected.rip = kBase + kEntryOffset;
  expected.rax = 0;
  expected.rcx = kHostRip + kEncluSize;
  EXPECT_EQ(machine->cpu.registers, expected);
  EXPECT_EQ(machine->cpu.fs_base, kData);
  EXPECT_EQ(machine->cpu.gs_base, kData2);
  EXPECT_EQ(machine->cpu.xcr0, make_secs().attributes.xfrm);
  EXPECT_TRUE(machine->cpu.mode.active());
  EXPECT_EQ(machine->cpu.mode.fs_base, fs_base);
  EXPECT_EQ(machine->page(kTcs).tcs().aep, kAep);
  EXPECT_NE(machine->page(kTcs).tcs().state, 0u);
  EXPECT_EQ(machine->cpu.mode.frame.gprsgx().host_rsp, before.rsp);
  EXPECT_EQ(machine->cpu.mode.frame.gprsgx().host_rbp, before.rbp);
  EXPECT_EQ(machine->enclave().tracking.threads(), 1u);
}

TEST(Eenter, TellsTheNumberOfFramesInUse) {
  const auto machine = TestMachine::entered();
  machine->exit_asynchronously();
  machine->prepare_entry();
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers.rax, 1u);
  EXPECT_EQ(machine->cpu.mode.frame.last_page, &machine->page(kSsa1));
}

struct EntryFault {
  const char* name;
  std::function<void(TestMachine&)> break_it;
};

const EntryFault kEntryGeneralProtection[] = {
    {"TCS address is not of a page", [](auto& m) { m.cpu.registers.rbx += 8; }},
    {"AEP is not canonical", [](auto& m) { m.cpu.registers.rcx = uint64_t{1} << 47; }},
    {"OSSA", [](auto& m) { m.page(kTcs).tcs().ssa_offset += 8; }},
    {"OFSBASE", [](auto& m) { m.page(kTcs).tcs().fs_base_offset += 8; }},
    {"OGSBASE", [](auto& m) { m.page(kTcs).tcs().gs_base_offset += 8; }},
    {"reserved TCS.FLAGS", [](auto& m) { m.page(kTcs).tcs().flags = arch::kTcsAexNotify; }},
    {"XFRM beyond XCR0", [](auto& m) { m.cpu.xcr0 = arch::kXfrmLegacy; }},
    {"busy TCS", [](auto& m) { m.page(kTcs).tcs().state = 1; }},
    {"not initialised", [](auto& m) { m.enclave().identity.reset(); }},
    {"32-bit enclave", [](auto& m) { m.enclave().secs.attributes.flags = 0; }},
};
const EntryFault kEntryPageFault[] = {
    {"TCS is ordinary memory", [](auto& m) { m.make_ordinary(kTcs); }},
    {"no page", [](auto& m) { m.page(kTcs).epcm.valid = false; }},
    {"regular page", [](auto& m) { m.page(kTcs).epcm.type = arch::PageType::kRegular; }},
    {"at another address", [](auto& m) { m.page(kTcs).epcm.address = kFree; }},
    {"pending", [](auto& m) { m.page(kTcs).epcm.pending = true; }},
    {"modified", [](auto& m) { m.page(kTcs).epcm.modified = true; }},
    {"not mapped", [](auto& m) { m.unmap(kTcs); }},
};
const EntryFault kFrameFaults[] = {
    {"ordinary memory", [](auto& m) { m.make_ordinary(kSsa0); }},
    {"no page", [](auto& m) { m.page(kSsa0).epcm.valid = false; }},
    {"pending", [](auto& m) { m.page(kSsa0).epcm.pending = true; }},
    {"modified", [](auto& m) { m.page(kSsa0).epcm.modified = true; }},
    {"at another address", [](auto& m) { m.page(kSsa0).epcm.address = kFree; }},
    {"not regular", [](auto& m) { m.page(kSsa0).epcm.type = arch::PageType::kTcs; }},
    {"another enclave's", [](auto& m) { m.page(kSsa0).epcm.secs = nullptr; }},
    {"read only", [](auto& m) { m.page(kSsa0).epcm.permissions = arch::kRead; }},
    {"write only", [](auto& m) { m.page(kSsa0).epcm.permissions = arch::kWrite; }},
    {"not mapped", [](auto& m) { m.unmap(kSsa0); }},
};

// Runs each fault on a machine that would enter without it; nothing may have changed then.
void expect_refused(std::span<const EntryFault> faults,
                    const std::function<std::unique_ptr<TestMachine>()>& make,
                    const std::function<bool(const std::optional<Fault>&)>& is_expected) {
  for (const EntryFault& fault : faults) {
    const auto machine = make();
    fault.break_it(*machine);
    const Registers before = machine->cpu.registers;
    EXPECT_TRUE(is_expected(machine->run())) << fault.name;
    EXPECT_EQ(machine->cpu.registers, before) << fault.name;
    EXPECT_FALSE(machine->cpu.mode.active()) << fault.name;
    EXPECT_EQ(machine->enclave().tracking.threads(), 0u) << fault.name;
  }
}
bool gp(const std::optional<Fault>& fault) {
  return is_gp(fault);
}
bool pf_at_tcs(const std::optional<Fault>& fault) {
  return is_pf_at(fault, kTcs);
}
bool pf_at_ssa(const std::optional<Fault>& fault) {
  return is_pf_at(fault, kSsa0);
}

TEST(Eenter, RefusesWhatTheProcessorDoes) {
  expect_refused(
      kEntryGeneralProtection, [] { return ready(); }, gp);
  expect_refused(
      kEntryPageFault, [] { return ready(); }, pf_at_tcs);
  expect_refused(
      kFrameFaults, [] { return ready(); }, pf_at_ssa);
  const EntryFault own[] = {
      {"no frame left", [](auto& m) { m.page(kTcs).tcs().current_ssa_frame = 2; }},
      {"no frame at all", [](auto& m) { m.page(kTcs).tcs().ssa_frame_count = 0; }},
      {"entry point is not canonical", [](auto& m) { m.page(kTcs).tcs().entry_offset = uint64_t{1} << 47; }},
      {"FS is not canonical", [](auto& m) { m.page(kTcs).tcs().fs_base_offset = uint64_t{1} << 47; }},
      {"GS is not canonical", [](auto& m) { m.page(kTcs).tcs().gs_base_offset = uint64_t{1} << 47; }},
  };
  expect_refused(
      own, [] { return ready(); }, gp);
  // The frames are looked at before the addresses that the registers get.
  const EntryFault twofold[] = {
      {"entry point", [](auto& m) { m.page(kTcs).tcs().entry_offset = uint64_t{1} << 47, m.unmap(kSsa0); }},
      {"FS", [](auto& m) { m.page(kTcs).tcs().fs_base_offset = uint64_t{1} << 47, m.unmap(kSsa0); }},
      {"GS", [](auto& m) { m.page(kTcs).tcs().gs_base_offset = uint64_t{1} << 47, m.unmap(kSsa0); }},
  };
  expect_refused(
      twofold, [] { return ready(); }, pf_at_ssa);
}

TEST(Eenter, IsNotPossibleInsideAndOtherLeavesAreNotOutside) {
  const auto machine = TestMachine::entered();
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEenter, kTcs, kAep)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEresume, kTcs, kAep)));
  EXPECT_TRUE(is_gp(machine->run(static_cast<Enclu>(8), 0, 0)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEdeccssa, 0, 0))) << "not supported";
  machine->exit_asynchronously();
  for (const Enclu leaf : {Enclu::kEreport, Enclu::kEgetkey, Enclu::kEexit, Enclu::kEaccept, Enclu::kEmodpe,
                           Enclu::kEacceptcopy})
    EXPECT_TRUE(is_gp(machine->run(leaf, kData, kData, kData)));
}

TEST(Eenter, ABusyTcsIsFreeAgainAfterEachWayOut) {
  const auto machine = TestMachine::entered();
  machine->exit_asynchronously();
  EXPECT_EQ(machine->page(kTcs).tcs().state, 0u);
  machine->prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine->run());
  EXPECT_NE(machine->page(kTcs).tcs().state, 0u);
  ASSERT_FALSE(machine->run(Enclu::kEexit, kHostRip, 0));
  EXPECT_EQ(machine->page(kTcs).tcs().state, 0u);
}

TEST(Eexit, GivesTheHostItsStateBackAndKeepsTheOtherRegisters) {
  const auto machine = TestMachine::entered();
  machine->cpu.registers.rsp = 0x5555;
  machine->cpu.registers.r12 = 0x6666;
  ASSERT_FALSE(machine->run(Enclu::kEexit, kHostRip + 3, 0xabc));
  EXPECT_EQ(machine->cpu.registers.rip, kHostRip + 3);
  EXPECT_EQ(machine->cpu.registers.rcx, kAep);
  EXPECT_EQ(machine->cpu.registers.rsp, 0x5555u) << "the enclave restores RSP";
  EXPECT_EQ(machine->cpu.registers.r12, 0x6666u);
  EXPECT_EQ(machine->cpu.fs_base, 0x7f00'0000'f000u);
  EXPECT_EQ(machine->cpu.gs_base, 0x7f00'0000'e000u);
  EXPECT_EQ(machine->cpu.xcr0, machine->processor.xfrm);
  EXPECT_FALSE(machine->cpu.mode.active());
  EXPECT_EQ(machine->enclave().tracking.threads(), 0u);
}

TEST(Eexit, XCR0IsTheEnclavesInsideAndTheHostsOutside) {
  const auto machine = ready();
  const uint64_t host = machine->processor.xfrm | arch::kXfrmPkru;
  machine->cpu.xcr0 = host;
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.xcr0, make_secs().attributes.xfrm);
  ASSERT_FALSE(machine->run(Enclu::kEexit, kHostRip, 0));
  EXPECT_EQ(machine->cpu.xcr0, host);
}

TEST(Eexit, NeedsACanonicalTarget) {
  const auto machine = TestMachine::entered();
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEexit, uint64_t{1} << 47, 0)));
  EXPECT_TRUE(machine->cpu.mode.active());
}

TEST(TrapFlag, IsOffInsideAndComesBackAtTheExit) {
  const auto machine = ready();
  machine->cpu.registers.rflags |= kFlagTrap;
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers.rflags & kFlagTrap, 0u);
  ASSERT_FALSE(machine->run(Enclu::kEexit, kHostRip, 0));
  EXPECT_NE(machine->cpu.registers.rflags & kFlagTrap, 0u);
}

TEST(TrapFlag, StaysWhereADebuggerOptedIn) {
  const auto machine = ready();
  machine->page(kTcs).tcs().flags = arch::kTcsDebugOptIn;
  machine->cpu.registers.rflags |= kFlagTrap;
  ASSERT_FALSE(machine->run());
  EXPECT_NE(machine->cpu.registers.rflags & kFlagTrap, 0u);
}

// Every register and vector register of the enclave with a value of its own.
void fill_enclave_state(TestMachine& machine) {
  machine.cpu.registers = {.rax = 0xe0,
                           .rcx = 0xe1,
                           .rdx = 0xe2,
                           .rbx = 0xe3,
                           .rsp = 0xe4,
                           .rbp = 0xe5,
                           .rsi = 0xe6,
                           .rdi = 0xe7,
                           .r8 = 0xe8,
                           .r9 = 0xe9,
                           .r10 = 0xea,
                           .r11 = 0xeb,
                           .r12 = 0xec,
                           .r13 = 0xed,
                           .r14 = 0xee,
                           .r15 = 0xef,
                           .rflags = 0x202 | kFlagCarry | kFlagZero | kFlagDirection,
                           .rip = kCode + 0x123};
  machine.cpu.fs_base = 0xf5;
  machine.cpu.gs_base = 0xf6;
  for (size_t i = 0; i < machine.extended.size(); ++i) machine.extended[i] = static_cast<uint8_t>(i * 7 + 1);
  std::memset(machine.extended.data() + 512, 0, 64);
  const uint64_t in_use = arch::kXfrmLegacy | arch::kXfrmAvx;
  std::memcpy(machine.extended.data() + 512, &in_use, 8);
  const uint32_t mxcsr = 0x1fa0;
  std::memcpy(machine.extended.data() + 24, &mxcsr, 4);
}

TEST(AsynchronousExit, ShowsTheHostASyntheticStateOnly) {
  const auto machine = TestMachine::entered();
  fill_enclave_state(*machine);
  machine->exit_asynchronously();
  Registers expected{};
  expected.rax = 3;
  expected.rbx = kTcs;
  expected.rcx = kAep;
  expected.rip = kAep;
  expected.rsp = 0x7f00'0000'2000;
  expected.rbp = 0x7f00'0000'2800;
  expected.rflags = 0x202 | kFlagDirection;
  EXPECT_EQ(machine->cpu.registers, expected);
  EXPECT_EQ(machine->cpu.fs_base, 0x7f00'0000'f000u);
  EXPECT_EQ(machine->cpu.gs_base, 0x7f00'0000'e000u);
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 1u);
  EXPECT_FALSE(machine->cpu.mode.active());
  // No byte of the enclave's vector registers is left.
  for (size_t i = 160; i < 416; ++i) ASSERT_EQ(machine->extended[i], 0) << i;
  for (size_t i = 576; i < 832; ++i) ASSERT_EQ(machine->extended[i], 0) << i;
  uint32_t mxcsr = 0;
  std::memcpy(&mxcsr, machine->extended.data() + 24, 4);
  EXPECT_EQ(mxcsr, kInitialMxcsr);
  uint16_t control = 0;
  std::memcpy(&control, machine->extended.data(), 2);
  EXPECT_EQ(control, 0x37f);
}

TEST(AsynchronousExit, SavesEverythingAndEresumeBringsItBack) {
  const auto machine = TestMachine::entered();
  fill_enclave_state(*machine);
  const Registers registers = machine->cpu.registers;
  const auto extended = machine->extended;
  machine->exit_asynchronously();
  EXPECT_EQ(machine->page(kSsa0).epcm.type, arch::PageType::kRegular);
  machine->prepare_entry(Enclu::kEresume);
  machine->extended.fill(0);
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers, registers);
  EXPECT_EQ(machine->cpu.fs_base, 0xf5u);
  EXPECT_EQ(machine->cpu.gs_base, 0xf6u);
  EXPECT_EQ(machine->cpu.xcr0, make_secs().attributes.xfrm);
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 0u);
  EXPECT_EQ(std::memcmp(machine->extended.data(), extended.data(), 28), 0);
  EXPECT_EQ(std::memcmp(machine->extended.data() + 32, extended.data() + 32, 416 - 32), 0);
  EXPECT_EQ(std::memcmp(machine->extended.data() + 576, extended.data() + 576, 256), 0);
}

TEST(AsynchronousExit, TellsTheEnclaveWhatHappened) {
  const struct {
    std::optional<Fault> fault;
    uint32_t exit_info;
  } cases[] = {
      {std::nullopt, 0},
      {Fault{ExceptionVector::kDivideError}, 0x80000300},
      {Fault{ExceptionVector::kBreakpoint}, 0x80000603},
      {Fault{ExceptionVector::kInvalidOpcode}, 0x80000306},
      {Fault{ExceptionVector::kSimd}, 0x80000313},
      {Fault{ExceptionVector::kGeneralProtection, 8}, 0x8000030d},
      {Fault{ExceptionVector::kPageFault, 0x8007, kData + 0x123}, 0x8000030e},
  };
  for (const auto& one : cases) {
    const auto machine = TestMachine::entered();
    const SaveFrame frame = machine->cpu.mode.frame;
    frame.gprsgx().exit_info = 0xffff'ffff;
    frame.exinfo() = {};
    machine->exit_asynchronously(one.fault);
    EXPECT_EQ(frame.gprsgx().exit_info, one.exit_info);
    const bool page_fault = one.fault && one.fault->vector == ExceptionVector::kPageFault;
    EXPECT_EQ(frame.exinfo().address, page_fault ? kData + 0x123 : 0);
    EXPECT_EQ(frame.exinfo().error_code, one.fault ? one.fault->error_code : 0);
  }
}

TEST(AsynchronousExit, IsSilentAboutMemoryFaultsWithoutExinfo) {
  arch::Secs secs = make_secs();
  secs.misc_select = 0;
  for (const Fault& fault :
       {Fault{ExceptionVector::kPageFault, 7, kData}, Fault{ExceptionVector::kGeneralProtection}}) {
    const auto machine = TestMachine::entered(secs);
    const SaveFrame frame = machine->cpu.mode.frame;
    frame.exinfo() = {.address = 1, .error_code = 2, .reserved = 3};
    machine->exit_asynchronously(fault);
    EXPECT_EQ(frame.gprsgx().exit_info, 0u);
    EXPECT_EQ(frame.exinfo().address, 1u) << "the region is not there";
  }
}

std::unique_ptr<TestMachine> interrupted() {
  auto machine = TestMachine::entered();
  fill_enclave_state(*machine);
  machine->cpu.fs_base = 0xf000;
  machine->exit_asynchronously();
  machine->prepare_entry(Enclu::kEresume);
  return machine;
}

TEST(Eresume, RefusesWhatTheProcessorDoes) {
  expect_refused(kEntryGeneralProtection, interrupted, gp);
  expect_refused(kEntryPageFault, interrupted, pf_at_tcs);
  expect_refused(kFrameFaults, interrupted, pf_at_ssa);
  constexpr uint64_t kNotCanonical = uint64_t{1} << 47;
  const auto gprsgx = [](TestMachine& m) -> arch::Gprsgx& {
    return m.at<arch::Gprsgx>(kSsa0 + arch::gprsgx_offset(arch::kPageSize));
  };
  const EntryFault own[] = {
      {"no frame in use", [](auto& m) { m.page(kTcs).tcs().current_ssa_frame = 0; }},
      {"RIP", [&](auto& m) { gprsgx(m).rip = kNotCanonical; }},
      {"FS", [&](auto& m) { gprsgx(m).fs_base = kNotCanonical; }},
      {"GS", [&](auto& m) { gprsgx(m).gs_base = kNotCanonical; }},
      {"components beyond XFRM", [](auto& m) { m.page(kSsa0).bytes[513] = 1; }},
      {"compacted area", [](auto& m) { m.page(kSsa0).bytes[527] = 0x80; }},
      {"reserved bytes of the header", [](auto& m) { m.page(kSsa0).bytes[575] = 1; }},
      {"reserved bits of MXCSR", [](auto& m) { m.page(kSsa0).bytes[26] = 1; }},
  };
  expect_refused(own, interrupted, gp);
}

TEST(Eresume, TakesOnlySomeFlagsFromTheFrame) {
  const auto machine = interrupted();
  auto& saved = machine->at<arch::Gprsgx>(kSsa0 + arch::gprsgx_offset(arch::kPageSize));
  constexpr uint64_t kIopl = 0x3000;
  saved.rflags = kIopl | kFlagTrap | kFlagCarry | kFlagAlignmentCheck;
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers.rflags, 0x202 | kFlagCarry | kFlagAlignmentCheck);
}

TEST(Frames, AFaultInTheHandlerUsesTheNextFrame) {
  const auto machine = TestMachine::entered();
  fill_enclave_state(*machine);
  machine->exit_asynchronously();
  machine->prepare_entry();
  ASSERT_FALSE(machine->run());
  machine->cpu.registers.r15 = 0x1515;
  machine->exit_asynchronously();
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 2u);
  machine->prepare_entry();
  EXPECT_TRUE(is_gp(machine->run())) << "both frames are in use";
  machine->prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers.r15, 0x1515u);
  ASSERT_FALSE(machine->run(Enclu::kEexit, kHostRip, 0));
  machine->prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(machine->cpu.registers.r15, 0xefu);
}

TEST(Frames, LargeOnesSpanPages) {
  arch::Secs secs = make_secs();
  secs.ssa_frame_size = 2;
  TestMachine machine(secs);
  machine.processor.xsave.components[2] = {576, 4096};  // AVX across the border of the pages
  machine.initialise();
  machine.prepare_entry();
  ASSERT_FALSE(machine.run());
  EXPECT_EQ(machine.cpu.mode.frame.xsave_pages[0], &machine.page(kSsa0));
  EXPECT_EQ(machine.cpu.mode.frame.xsave_pages[1], &machine.page(kSsa1));
  EXPECT_EQ(machine.cpu.mode.frame.last_page, &machine.page(kSsa1));
}

}  // namespace
}  // namespace strongroom::sgx
