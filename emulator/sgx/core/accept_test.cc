// What an enclave says to changes: EACCEPT, EACCEPTCOPY, EMODPE; and accesses to memory.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;
using arch::LeafStatus;
using arch::PageType;

constexpr uint64_t kReadWrite = arch::kRead | arch::kWrite;
constexpr uint64_t kPendingRw = kReadWrite | arch::kSecinfoPending;

uint64_t status(TestMachine& machine, Enclu leaf, uint64_t target, uint64_t source = 0) {
  const uint64_t rip = machine.cpu.registers.rip;
  machine.cpu.registers.rflags |= kFlagCarry;
  EXPECT_FALSE(machine.run(leaf, kData, target, source));
  EXPECT_EQ(machine.cpu.registers.rip, rip + kEncluSize);
  const uint64_t rax = machine.cpu.registers.rax;
  EXPECT_EQ((machine.cpu.registers.rflags & kFlagZero) != 0, rax != 0);
  EXPECT_EQ(machine.cpu.registers.rflags & kFlagCarry, 0u);
  return rax;
}
constexpr uint64_t code(LeafStatus status) {
  return static_cast<uint64_t>(status);
}

TEST(Eaccept, TakesAnAugmentedPage) {
  const auto machine = TestMachine::entered();
  EpcPage& page = machine->augment();
  machine->put_secinfo(PageType::kRegular, kPendingRw);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kFree), 0u);
  EXPECT_FALSE(page.epcm.pending);
  EXPECT_EQ(page.epcm.permissions, kReadWrite);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kFree), code(LeafStatus::kPageAttributesMismatch)) << "twice";
}

TEST(Eaccept, TakesOnlyWhatTheEnclaveExpects) {
  const struct {
    PageType type;
    uint64_t flags;
  } wrong[] = {
      {PageType::kRegular, arch::kSecinfoRead | arch::kSecinfoPending},
      {PageType::kRegular, kPendingRw | arch::kExecute},
      {PageType::kRegular, kReadWrite | arch::kSecinfoPermissionRestricted},
      {PageType::kTcs, arch::kSecinfoModified},
      {PageType::kTrim, arch::kSecinfoModified},
  };
  for (const auto& one : wrong) {
    const auto machine = TestMachine::entered();
    machine->augment();
    machine->put_secinfo(one.type, one.flags);
    EXPECT_EQ(status(*machine, Enclu::kEaccept, kFree), code(LeafStatus::kPageAttributesMismatch));
    EXPECT_TRUE(machine->page(kFree).epcm.pending);
  }
  const auto machine = TestMachine::entered();
  machine->augment().epcm.address = kFree2;
  machine->put_secinfo(PageType::kRegular, kPendingRw);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kFree), code(LeafStatus::kPageAttributesMismatch));
}

TEST(Eaccept, RefusesCombinationsThatMeanNothing) {
  const struct {
    PageType type;
    uint64_t flags;
  } illegal[] = {
      {PageType::kRegular, kReadWrite},
      {PageType::kRegular, kPendingRw | arch::kSecinfoModified},
      {PageType::kTcs, 0},
      {PageType::kTcs, arch::kSecinfoModified | arch::kSecinfoPending},
      {PageType::kTrim, arch::kSecinfoModified | arch::kSecinfoPermissionRestricted},
      {PageType::kSecs, arch::kSecinfoModified},
      {PageType::kVersionArray, arch::kSecinfoModified},
      {PageType::kRegular, kPendingRw | 1u << 6},
  };
  for (const auto& one : illegal) {
    const auto machine = TestMachine::entered();
    machine->augment();
    machine->put_secinfo(one.type, one.flags);
    EXPECT_TRUE(is_gp(machine->run(Enclu::kEaccept, kData, kFree))) << one.flags;
  }
  const auto machine = TestMachine::entered();
  machine->augment();
  machine->put_secinfo(PageType::kRegular, kPendingRw);
  machine->at<arch::Secinfo>(kData).reserved[10] = 1;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEaccept, kData, kFree)));
}

// Operands that every leaf with a SECINFO in RBX and a page in RCX refuses.
void expect_operands_checked(Enclu leaf, uint64_t target, uint64_t source,
                             const std::function<std::unique_ptr<TestMachine>()>& make) {
  auto machine = make();
  const uint64_t outside = kBase + kSize;
  EXPECT_TRUE(is_gp(machine->run(leaf, kData + 32, target, source)));
  EXPECT_TRUE(is_gp(machine->run(leaf, outside, target, source)));
  EXPECT_TRUE(is_gp(machine->run(leaf, kData, target + 64, source)));
  EXPECT_TRUE(is_gp(machine->run(leaf, kData, outside, source)));
  EXPECT_TRUE(is_gp(machine->run(leaf, kData, kBase - arch::kPageSize, source)));
  EXPECT_TRUE(is_pf_at(machine->run(leaf, kData, kFree2, source), kFree2)) << "no page";
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },         [](auto& entry) { entry.permissions = arch::kWrite; },
      [](auto& entry) { entry.pending = true; },        [](auto& entry) { entry.modified = true; },
      [](auto& entry) { entry.type = PageType::kTcs; }, [](auto& entry) { entry.secs = nullptr; },
      [](auto& entry) { entry.address = kFree2; },
  };
  for (const auto& spoil_it : spoil) {
    machine = make();
    spoil_it(machine->page(kData).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(leaf, kData, target, source), kData));
  }
  machine = make();
  machine->unmap(kData);
  EXPECT_TRUE(is_pf_at(machine->run(leaf, kData, target, source), kData));
  machine->unmap(target);
  EXPECT_TRUE(is_pf_at(machine->run(leaf, kData, target, source), kData)) << "the SECINFO is looked at first";
  // Nothing was wrong before.
  EXPECT_FALSE(make()->run(leaf, kData, target, source));
}

std::unique_ptr<TestMachine> ready_to_accept() {
  auto machine = TestMachine::entered();
  machine->augment();
  machine->put_secinfo(PageType::kRegular, kPendingRw);
  return machine;
}

TEST(Eaccept, ChecksItsOperands) {
  expect_operands_checked(Enclu::kEaccept, kFree, 0, ready_to_accept);
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },
      [](auto& entry) { entry.type = PageType::kSecs; },
      [](auto& entry) { entry.secs = nullptr; },
  };
  for (const auto& spoil_it : spoil) {
    const auto machine = ready_to_accept();
    spoil_it(machine->page(kFree).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEaccept, kData, kFree), kFree));
  }
}

TEST(Eaccept, OfRestrictedPermissionsWaitsForThreadsThatMayStillHaveMore) {
  const auto machine = TestMachine::entered();
  ASSERT_TRUE(emodpr(machine->page(kData2), make_secinfo_of(PageType::kSecs, arch::kRead)));
  machine->put_secinfo(PageType::kRegular, arch::kSecinfoRead | arch::kSecinfoPermissionRestricted);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kData2), code(LeafStatus::kNotTracked)) << "no ETRACK";
  ASSERT_TRUE(etrack(machine->secs()));
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kData2), code(LeafStatus::kNotTracked)) << "still inside";
  EXPECT_TRUE(machine->page(kData2).epcm.permissions_restricted);
  machine->exit_asynchronously();
  machine->prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kData2), 0u);
  EXPECT_FALSE(machine->page(kData2).epcm.permissions_restricted);
}

void retrack(TestMachine& machine) {
  ASSERT_TRUE(etrack(machine.secs()));
  machine.exit_asynchronously();
  machine.prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine.run());
}

TEST(Eaccept, OfATrimmedPageWaitsForThreadsThatMayStillReachIt) {
  const auto machine = TestMachine::entered();
  ASSERT_TRUE(emodt(machine->page(kData2), make_secinfo_of(PageType::kTrim, 0)));
  machine->put_secinfo(PageType::kTrim, arch::kSecinfoModified);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kData2), code(LeafStatus::kNotTracked));
  retrack(*machine);
  EXPECT_EQ(status(*machine, Enclu::kEaccept, kData2), 0u);
  EXPECT_FALSE(machine->page(kData2).epcm.modified);
}

TEST(Eaccept, OfANewTcsChecksItsFields) {
  const std::function<void(arch::Tcs&)> spoil[] = {
      [](auto& tcs) { tcs.reserved[0] = 1; },     [](auto& tcs) { tcs.flags = arch::kTcsDebugOptIn; },
      [](auto& tcs) { tcs.ssa_frame_count = 0; }, [](auto& tcs) { tcs.current_ssa_frame = 2; },
      [](auto& tcs) { tcs.aep = kAep; },          [](auto& tcs) { tcs.state = 1; },
  };
  const auto make = [] {
    auto machine = TestMachine::entered();
    machine->page(kData2).tcs() = make_tcs();
    EXPECT_TRUE(emodt(machine->page(kData2), make_secinfo_of(PageType::kTcs, 0)));
    machine->put_secinfo(PageType::kTcs, arch::kSecinfoModified);
    retrack(*machine);
    return machine;
  };
  for (const auto& spoil_it : spoil) {
    const auto machine = make();
    spoil_it(machine->page(kData2).tcs());
    EXPECT_TRUE(is_gp(machine->run(Enclu::kEaccept, kData, kData2)));
  }
  EXPECT_EQ(status(*make(), Enclu::kEaccept, kData2), 0u);
}

std::unique_ptr<TestMachine> ready_to_copy() {
  auto machine = TestMachine::entered();
  machine->augment();
  machine->put_secinfo(PageType::kRegular, arch::kRead | arch::kExecute);
  return machine;
}

TEST(Eacceptcopy, FillsAPendingPageAndSetsItsPermissions) {
  const auto machine = ready_to_copy();
  EXPECT_EQ(status(*machine, Enclu::kEacceptcopy, kFree, kConstants), 0u);
  const EpcPage& page = machine->page(kFree);
  EXPECT_EQ(std::memcmp(page.bytes, machine->page(kConstants).bytes, arch::kPageSize), 0);
  EXPECT_EQ(page.epcm.permissions, uint32_t{arch::kRead | arch::kExecute});
  EXPECT_FALSE(page.epcm.pending);
}

TEST(Eacceptcopy, ChecksItsOperands) {
  expect_operands_checked(Enclu::kEacceptcopy, kFree, kConstants, ready_to_copy);
  auto machine = ready_to_copy();
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEacceptcopy, kData, kFree, kConstants + 8)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEacceptcopy, kData, kFree, kBase + kSize)));
  machine->put_secinfo(PageType::kRegular, arch::kWrite);
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEacceptcopy, kData, kFree, kConstants)));
  machine->put_secinfo(PageType::kTcs, arch::kRead);
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEacceptcopy, kData, kFree, kConstants)));
  machine->unmap(kConstants);
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEacceptcopy, kData, kFree, kConstants), kConstants))
      << "all operands are found before the SECINFO is read";
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },    [](auto& entry) { entry.permissions = arch::kExecute; },
      [](auto& entry) { entry.pending = true; },   [](auto& entry) { entry.modified = true; },
      [](auto& entry) { entry.secs = nullptr; },   [](auto& entry) { entry.type = PageType::kTcs; },
      [](auto& entry) { entry.address = kFree2; },
  };
  for (const auto& spoil_it : spoil) {
    machine = ready_to_copy();
    spoil_it(machine->page(kConstants).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEacceptcopy, kData, kFree, kConstants), kConstants));
  }
}

TEST(Eacceptcopy, NeedsATargetAsEaugLeftIt) {
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },    [](auto& entry) { entry.pending = false; },
      [](auto& entry) { entry.modified = true; },  [](auto& entry) { entry.type = PageType::kTcs; },
      [](auto& entry) { entry.secs = nullptr; },   [](auto& entry) { entry.permissions = arch::kRead; },
      [](auto& entry) { entry.address = kFree2; },
  };
  for (const auto& spoil_it : spoil) {
    const auto machine = ready_to_copy();
    spoil_it(machine->page(kFree).epcm);
    EXPECT_EQ(status(*machine, Enclu::kEacceptcopy, kFree, kConstants),
              code(LeafStatus::kPageAttributesMismatch));
    EXPECT_EQ(machine->page(kFree).bytes[0], 0);
  }
}

std::unique_ptr<TestMachine> ready_to_extend() {
  auto machine = TestMachine::entered();
  machine->put_secinfo(PageType::kRegular, kReadWrite);
  return machine;
}

TEST(Emodpe, AddsPermissionsAndLeavesFlagsAlone) {
  const auto machine = ready_to_extend();
  machine->cpu.registers.rflags |= kFlagCarry | kFlagZero;
  const uint64_t rip = machine->cpu.registers.rip;
  ASSERT_FALSE(machine->run(Enclu::kEmodpe, kData, kConstants));
  EXPECT_EQ(machine->page(kConstants).epcm.permissions, kReadWrite);
  EXPECT_EQ(machine->cpu.registers.rflags & (kFlagCarry | kFlagZero), kFlagCarry | kFlagZero);
  EXPECT_EQ(machine->cpu.registers.rax, code(LeafStatus{6})) << "RAX keeps the leaf";
  EXPECT_EQ(machine->cpu.registers.rip, rip + kEncluSize);
}

TEST(Emodpe, ChecksItsOperands) {
  expect_operands_checked(Enclu::kEmodpe, kConstants, 0, ready_to_extend);
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },   [](auto& entry) { entry.pending = true; },
      [](auto& entry) { entry.modified = true; }, [](auto& entry) { entry.type = PageType::kTcs; },
      [](auto& entry) { entry.secs = nullptr; },  [](auto& entry) { entry.address = kFree2; },
  };
  for (const auto& spoil_it : spoil) {
    const auto machine = ready_to_extend();
    spoil_it(machine->page(kConstants).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEmodpe, kData, kConstants), kConstants));
  }
  const auto machine = ready_to_extend();
  machine->put_secinfo(PageType::kRegular, arch::kWrite);
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEmodpe, kData, kExecuteOnly))) << "write without read";
  EXPECT_FALSE(machine->run(Enclu::kEmodpe, kData, kConstants)) << "the page is readable already";
}

TEST(Access, NeedsAPermissionOfThePage) {
  const auto machine = TestMachine::entered();
  const auto allowed = [&](uint64_t address, Access access) {
    return !check_access(machine->cpu, &machine->page(visible_address(address)), address, access);
  };
  EXPECT_TRUE(allowed(kCode + 5, Access::kRead));
  EXPECT_TRUE(allowed(kCode + 5, Access::kExecute));
  EXPECT_FALSE(allowed(kCode + 5, Access::kWrite));
  EXPECT_TRUE(allowed(kData, Access::kWrite));
  EXPECT_FALSE(allowed(kData, Access::kExecute));
  EXPECT_FALSE(allowed(kExecuteOnly, Access::kRead));
  EXPECT_FALSE(allowed(kTcs, Access::kRead));
}

TEST(Access, FaultsTellThatSgxRefused) {
  const auto machine = TestMachine::entered();
  const auto fault = [&](Access access) {
    return check_access(machine->cpu, &machine->page(kTcs), kTcs + 8, access).value();
  };
  EXPECT_EQ(fault(Access::kRead).error_code, 0x8005u);
  EXPECT_EQ(fault(Access::kWrite).error_code, 0x8007u);
  EXPECT_EQ(fault(Access::kExecute).error_code, 0x8015u);
  EXPECT_EQ(fault(Access::kRead).address, kTcs + 8);
  EXPECT_TRUE(check_access(machine->cpu, nullptr, kFree, Access::kRead)) << "ordinary memory in the range";
}

TEST(Access, NeedsAnAcceptedPageOfTheSameEnclaveAtItsAddress) {
  const std::function<void(EpcmEntry&)> spoil[] = {
      [](auto& entry) { entry.valid = false; },
      [](auto& entry) { entry.pending = true; },
      [](auto& entry) { entry.modified = true; },
      [](auto& entry) { entry.type = PageType::kTrim; },
      [](auto& entry) { entry.secs = nullptr; },
      [](auto& entry) { entry.address = kData2; },
      [](auto& entry) { entry.permissions = arch::kNoAccess; },
  };
  for (const auto& spoil_it : spoil) {
    const auto machine = TestMachine::entered();
    EXPECT_FALSE(check_access(machine->cpu, &machine->page(kData), kData, Access::kRead));
    spoil_it(machine->page(kData).epcm);
    EXPECT_TRUE(check_access(machine->cpu, &machine->page(kData), kData, Access::kRead));
  }
}

}  // namespace
// Intel SDM volume 3D, chapter "SGX Instruction References": the three are "Enclave Leaf Functions" of SGX2.
TEST(Sgx1, HasNoLeavesThatChangeEnclaves) {
  for (const arch::Enclu leaf : {arch::Enclu::kEaccept, arch::Enclu::kEmodpe, arch::Enclu::kEacceptcopy}) {
    const auto machine = TestMachine::entered();
    const uint64_t source = leaf == arch::Enclu::kEacceptcopy ? kData2 : 0;
    const uint64_t target = leaf == arch::Enclu::kEmodpe ? kConstants : kFree;
    if (target == kFree) machine->augment();
    const uint64_t flags = leaf == arch::Enclu::kEaccept ? arch::kRead | arch::kWrite | arch::kSecinfoPending
                                                         : arch::kRead | arch::kWrite;
    machine->put_secinfo(arch::PageType::kRegular, flags);
    machine->processor.sgx2 = false;
    EXPECT_TRUE(is_gp(machine->run(leaf, kData, target, source)));
    machine->processor.sgx2 = true;
    EXPECT_FALSE(machine->run(leaf, kData, target, source)) << "nothing else was wrong";
  }
}

}  // namespace strongroom::sgx
