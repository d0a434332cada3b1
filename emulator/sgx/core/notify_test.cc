// AEX-Notify: Intel SDM volume 3D, chapter "Asynchronous Enclave Exit Notify and the EDECCSSA User Leaf
// Function".
#include <gtest/gtest.h>

#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;

constexpr uint64_t kInterruptedRip = kBase + 0x123;

arch::Secs notified_secs() {
  arch::Secs secs = make_secs();
  secs.attributes.flags |= arch::kAttributeAexNotify;
  return secs;
}

arch::Gprsgx& saved(TestMachine& machine, uint64_t frame = kSsa0) {
  return machine.at<arch::Gprsgx>(frame + arch::gprsgx_offset(arch::kPageSize));
}

// Interrupted on its first frame, with ERESUME as the next instruction; the enclave has asked for a notice.
std::unique_ptr<TestMachine> interrupted() {
  auto machine = std::make_unique<TestMachine>(notified_secs());
  machine->page(kTcs).tcs().flags = arch::kTcsAexNotify;
  machine->initialise();
  machine->prepare_entry();
  EXPECT_FALSE(machine->run());
  machine->cpu.registers.rip = kInterruptedRip;
  machine->cpu.registers.r15 = 0xabc;
  machine->exit_asynchronously();
  saved(*machine).aex_notify = 1;
  machine->prepare_entry(Enclu::kEresume);
  return machine;
}

TEST(AexNotify, EresumeEntersTheHandlerAndRestoresNothing) {
  const auto machine = interrupted();
  Registers expected = machine->cpu.registers;
  ASSERT_FALSE(machine->run());
  expected.rip = kBase + kEntryOffset;
  expected.rax = 1;
  expected.rcx = kHostRip + kEncluSize;
  EXPECT_EQ(machine->cpu.registers, expected);
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 1u);
  EXPECT_EQ(machine->cpu.mode.frame.last_page, &machine->page(kSsa1));
  EXPECT_EQ(machine->cpu.fs_base, kData) << "the TCS's, not the frame's";
  EXPECT_EQ(saved(*machine, kSsa1).host_rsp, expected.rsp);
  EXPECT_EQ(saved(*machine).rip, kInterruptedRip);
}

TEST(AexNotify, EresumeRestoresWhereTheEnclaveDidNotAsk) {
  for (const bool in_tcs : {true, false}) {
    const auto machine = interrupted();
    if (in_tcs)
      machine->page(kTcs).tcs().flags = arch::kTcsDebugOptIn;  // else the TCS has to ask
    else
      saved(*machine).aex_notify = 0xfe;  // the other bits are reserved
    ASSERT_FALSE(machine->run());
    EXPECT_EQ(machine->cpu.registers.rip, kInterruptedRip);
    EXPECT_EQ(machine->cpu.registers.r15, 0xabcu);
    EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 0u);
  }
}

TEST(AexNotify, EnteringTheHandlerNeedsAFrameAndTheChecksOfAnEntry) {
  auto machine = interrupted();
  machine->page(kTcs).tcs().ssa_frame_count = 1;
  EXPECT_TRUE(is_gp(machine->run())) << "no frame is left";
  machine = interrupted();
  machine->page(kTcs).tcs().entry_offset = uint64_t{1} << 47;
  EXPECT_TRUE(is_gp(machine->run()));
  machine = interrupted();
  machine->page(kTcs).tcs().state = 1;
  EXPECT_TRUE(is_gp(machine->run())) << "busy";
  machine = interrupted();
  saved(*machine).rip = uint64_t{1} << 47;
  EXPECT_FALSE(machine->run()) << "nothing of the frame is restored, so nothing of it is looked at";
}

// EENTER and ERESUME: SECS.ATTRIBUTES.AEXNOTIFY and TCS.FLAGS.AEXNOTIFY differ, and no debugger has opted in.
TEST(AexNotify, ATcsAsksForItWhereItsEnclaveDoesAndNowhereElse) {
  for (const bool by_enclave : {false, true})
    for (const uint64_t flags : {uint64_t{0}, uint64_t{arch::kTcsAexNotify}}) {
      TestMachine machine(by_enclave ? notified_secs() : make_secs());
      machine.processor.aex_notify = true;
      machine.initialise();
      machine.prepare_entry();
      machine.page(kTcs).tcs().flags = flags;
      const bool agreed = by_enclave == (flags != 0);
      EXPECT_EQ(is_gp(machine.run()), !agreed) << by_enclave << flags;
      if (agreed) continue;
      machine.page(kTcs).tcs().flags = flags | arch::kTcsDebugOptIn;
      EXPECT_FALSE(machine.run());
    }
  const auto machine = interrupted();
  machine->page(kTcs).tcs().flags = 0;
  EXPECT_TRUE(is_gp(machine->run()));
}

TEST(AexNotify, IsAReservedFlagOfATcsToAProcessorWithoutIt) {
  TestMachine machine;
  machine.initialise();
  machine.prepare_entry();
  machine.page(kTcs).tcs().flags = arch::kTcsAexNotify | arch::kTcsDebugOptIn;
  EXPECT_TRUE(is_gp(machine.run()));
}

TEST(AexNotify, OnlyAProcessorThatHasItMakesSuchAnEnclave) {
  Processor processor;
  processor.xfrm = notified_secs().attributes.xfrm;
  TestPage page;
  const arch::Secinfo secinfo = make_secinfo_of(arch::PageType::kSecs, 0);
  EXPECT_TRUE(is_gp(ecreate(processor, page.page, notified_secs(), secinfo)));
  processor.aex_notify = true;
  EXPECT_TRUE(ecreate(processor, page.page, notified_secs(), secinfo));
}

// The machine in its handler, on the second frame.
std::unique_ptr<TestMachine> in_handler() {
  auto machine = interrupted();
  EXPECT_FALSE(machine->run());
  return machine;
}

TEST(Edeccssa, GoesBackToTheFrameBeforeAndGoesOn) {
  const auto machine = in_handler();
  machine->cpu.registers.rip = kBase + 0x40;
  machine->cpu.registers.rax = static_cast<uint64_t>(Enclu::kEdeccssa);
  Registers expected = machine->cpu.registers;
  ASSERT_FALSE(machine->run());
  expected.rip += kEncluSize;
  EXPECT_EQ(machine->cpu.registers, expected);
  EXPECT_TRUE(machine->cpu.mode.active());
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 0u);
  // An interrupt from now on is one of the first frame again.
  machine->cpu.registers.r15 = 0xdef;
  machine->exit_asynchronously();
  EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 1u);
  EXPECT_EQ(saved(*machine).r15, 0xdefu);
  EXPECT_EQ(machine->cpu.registers.rip, kAep);
}

TEST(Edeccssa, NeedsAFrameBeforeThePresentOne) {
  const auto machine = in_handler();
  ASSERT_FALSE(machine->run(Enclu::kEdeccssa, 0, 0));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEdeccssa, 0, 0)));
}

TEST(Edeccssa, ChecksThePagesOfThatFrame) {
  const auto broken = [](auto break_it) {
    const auto machine = in_handler();
    break_it(*machine);
    const auto fault = machine->run(Enclu::kEdeccssa, 0, 0);
    EXPECT_EQ(machine->page(kTcs).tcs().current_ssa_frame, 1u) << "nothing has changed";
    EXPECT_EQ(machine->cpu.mode.frame.last_page, &machine->page(kSsa1));
    return fault;
  };
  const auto at_frame = [](const std::optional<Fault>& fault) {
    return fault && fault->vector == arch::ExceptionVector::kPageFault &&
           visible_address(fault->address) == kSsa0;
  };
  EXPECT_TRUE(at_frame(broken([](TestMachine& m) { m.unmap(kSsa0); })));
  EXPECT_TRUE(at_frame(broken([](TestMachine& m) { m.page(kSsa0).epcm.pending = true; })));
  EXPECT_TRUE(at_frame(broken([](TestMachine& m) { m.page(kSsa0).epcm.permissions = arch::kRead; })));
}

TEST(Edeccssa, IsOnlyForInsideAndForProcessorsThatHaveIt) {
  auto machine = in_handler();
  machine->processor.aex_notify = false;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEdeccssa, 0, 0)));
  machine = in_handler();
  machine->exit_asynchronously();
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEdeccssa, 0, 0)));
}

}  // namespace
}  // namespace strongroom::sgx
