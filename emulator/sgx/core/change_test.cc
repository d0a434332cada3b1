// Changing an enclave: EREMOVE, EAUG, EMODPR, EMODT, ETRACK, EDBGRD, EDBGWR.
#include <gtest/gtest.h>

#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;
using arch::LeafStatus;
using arch::PageType;

constexpr uint32_t kReadWrite = arch::kRead | arch::kWrite;

arch::Secinfo with_permissions(uint64_t flags) {
  return make_secinfo_of(PageType::kSecs, flags);
}
arch::Secinfo with_type(PageType type) {
  return make_secinfo_of(type, 0);
}

TEST(Eremove, FreesPagesAndTheSecsLast) {
  TestMachine machine;
  EXPECT_EQ(eremove(machine.secs()), LeafStatus::kChildPresent);
  EXPECT_TRUE(machine.secs().epcm.valid);
  for (uint64_t address = kBase; address < kFree; address += arch::kPageSize)
    EXPECT_EQ(eremove(machine.page(address)), LeafStatus::kSuccess);
  EXPECT_FALSE(machine.page(kData).epcm.valid);
  EXPECT_EQ(eremove(machine.page(kData)), LeafStatus::kSuccess) << "a free page is left as it is";
  EXPECT_EQ(eremove(machine.secs()), LeafStatus::kSuccess);
  EXPECT_FALSE(machine.secs().epcm.valid);
}

TEST(Eremove, WaitsForThreadsInsideExceptWithATrimmedPage) {
  const auto machine = TestMachine::entered();
  EXPECT_EQ(eremove(machine->page(kData)), LeafStatus::kEnclaveActive);
  EXPECT_TRUE(machine->page(kData).epcm.valid);
  ASSERT_EQ(emodt(machine->page(kData2), with_type(PageType::kTrim)), LeafStatus::kSuccess);
  EXPECT_EQ(eremove(machine->page(kData2)), LeafStatus::kEnclaveActive) << "not accepted yet";
  machine->page(kData2).epcm.modified = false;
  EXPECT_EQ(eremove(machine->page(kData2)), LeafStatus::kSuccess);
  machine->exit_asynchronously();
  EXPECT_EQ(eremove(machine->page(kData)), LeafStatus::kSuccess);
}

TEST(Eaug, AddsAZeroPageThatIsPending) {
  TestMachine machine;
  machine.initialise();
  EpcPage& page = machine.page(kFree);
  page.bytes[100] = 0xff;
  const uint64_t children = machine.enclave().children;
  ASSERT_TRUE(eaug(page, kFree, machine.secs()));
  EXPECT_EQ(page.bytes[100], 0);
  EXPECT_TRUE(page.epcm.valid && page.epcm.pending);
  EXPECT_FALSE(page.epcm.modified);
  EXPECT_EQ(page.epcm.permissions, kReadWrite);
  EXPECT_EQ(page.epcm.type, PageType::kRegular);
  EXPECT_EQ(page.epcm.address, kFree);
  EXPECT_EQ(page.epcm.secs, &machine.secs());
  EXPECT_EQ(machine.enclave().children, children + 1);
}

TEST(Eaug, RefusesWhatTheProcessorDoes) {
  TestMachine machine;
  EXPECT_TRUE(is_gp(eaug(machine.page(kFree), kFree, machine.secs()))) << "not initialised";
  machine.initialise();
  EXPECT_TRUE(is_gp(eaug(machine.page(kFree), kFree + 8, machine.secs())));
  EXPECT_TRUE(is_gp(eaug(machine.page(kFree), kBase + kSize, machine.secs())));
  EXPECT_TRUE(is_gp(eaug(machine.page(kFree), kBase - arch::kPageSize, machine.secs())));
  EXPECT_TRUE(is_pf(eaug(machine.page(kData), kFree, machine.secs()))) << "in use";
  EXPECT_TRUE(is_pf(eaug(machine.page(kFree), kFree, machine.page(kData)))) << "no SECS";
  EXPECT_FALSE(machine.page(kFree).epcm.valid);
}

TEST(Emodpr, TakesPermissionsAwayAndNeverGivesAny) {
  TestMachine machine;
  machine.initialise();
  EpcPage& page = machine.page(kData);
  ASSERT_EQ(emodpr(page, with_permissions(arch::kRead | arch::kExecute)), LeafStatus::kSuccess);
  EXPECT_EQ(page.epcm.permissions, arch::kRead);
  EXPECT_TRUE(page.epcm.permissions_restricted);
  EXPECT_FALSE(page.epcm.modified);
  EXPECT_EQ(page.epcm.changed_in, machine.enclave().tracking.epoch);
}

TEST(Emodpr, RefusesWhatTheProcessorDoes) {
  TestMachine machine;
  EXPECT_TRUE(is_gp(emodpr(machine.page(kData), with_permissions(arch::kRead)))) << "not initialised";
  machine.initialise();
  EXPECT_TRUE(is_gp(emodpr(machine.page(kData), with_permissions(arch::kWrite))));
  EXPECT_TRUE(is_gp(emodpr(machine.page(kData), with_permissions(arch::kRead | 1u << 6))));
  EXPECT_TRUE(is_pf(emodpr(machine.page(kFree), with_permissions(arch::kRead)))) << "no page";
  EXPECT_TRUE(is_pf(emodpr(machine.page(kTcs), with_permissions(arch::kRead)))) << "TCS";
  machine.augment();
  EXPECT_EQ(emodpr(machine.page(kFree), with_permissions(arch::kRead)), LeafStatus::kPageNotModifiable);
  EXPECT_EQ(machine.page(kFree).epcm.permissions, kReadWrite);
  ASSERT_TRUE(emodt(machine.page(kData), with_type(PageType::kTrim)));
  EXPECT_EQ(emodpr(machine.page(kData), with_permissions(arch::kRead)), LeafStatus::kPageNotModifiable);
  machine.page(kData).epcm.modified = false;
  EXPECT_TRUE(is_pf(emodpr(machine.page(kData), with_permissions(arch::kRead)))) << "trimmed and accepted";
}

TEST(Emodt, ChangesTheTypeAndTakesAllPermissions) {
  TestMachine machine;
  machine.initialise();
  EpcPage& page = machine.page(kData);
  ASSERT_EQ(emodpr(page, with_permissions(arch::kRead)), LeafStatus::kSuccess);
  ASSERT_EQ(emodt(page, with_type(PageType::kTcs)), LeafStatus::kSuccess);
  EXPECT_EQ(page.epcm.type, PageType::kTcs);
  EXPECT_EQ(page.epcm.permissions, arch::kNoAccess);
  EXPECT_TRUE(page.epcm.modified);
  EXPECT_FALSE(page.epcm.permissions_restricted);
  EXPECT_EQ(emodt(machine.page(kTcs), with_type(PageType::kTrim)), LeafStatus::kSuccess);
}

TEST(Emodt, RefusesWhatTheProcessorDoes) {
  TestMachine machine;
  EXPECT_TRUE(is_gp(emodt(machine.page(kData), with_type(PageType::kTrim)))) << "not initialised";
  machine.initialise();
  for (const PageType type : {PageType::kRegular, PageType::kSecs, PageType::kVersionArray})
    EXPECT_TRUE(is_gp(emodt(machine.page(kData), with_type(type))));
  EXPECT_TRUE(is_gp(emodt(machine.page(kData), make_secinfo_of(PageType::kTrim, 1u << 7))));
  EXPECT_TRUE(is_pf(emodt(machine.page(kFree), with_type(PageType::kTrim)))) << "no page";
  EXPECT_TRUE(is_pf(emodt(machine.page(kTcs), with_type(PageType::kTcs)))) << "TCS to TCS";
  ASSERT_TRUE(emodt(machine.page(kData), with_type(PageType::kTrim)));
  EXPECT_TRUE(is_pf(emodt(machine.page(kData), with_type(PageType::kTrim)))) << "trimmed";
  machine.augment();
  EXPECT_EQ(emodt(machine.page(kFree), with_type(PageType::kTrim)), LeafStatus::kPageNotModifiable);
  EXPECT_EQ(machine.page(kFree).epcm.type, PageType::kRegular);
  ASSERT_TRUE(emodt(machine.page(kData2), with_type(PageType::kTcs)));
  EXPECT_EQ(emodt(machine.page(kData2), with_type(PageType::kTrim)), LeafStatus::kPageNotModifiable);
}

TEST(Etrack, EndsWhenAllWhoWereInsideHaveLeft) {
  const auto machine = TestMachine::entered();
  EXPECT_EQ(etrack(machine->secs()), LeafStatus::kSuccess);
  EXPECT_EQ(etrack(machine->secs()), LeafStatus::kPreviousTrackIncomplete);
  machine->exit_asynchronously();
  EXPECT_EQ(etrack(machine->secs()), LeafStatus::kSuccess);
  EXPECT_EQ(etrack(machine->secs()), LeafStatus::kSuccess) << "nobody inside";
  EXPECT_TRUE(is_pf(etrack(machine->page(kData))));
  EXPECT_TRUE(is_pf(etrack(machine->page(kFree))));
}

TEST(Etrack, WhoEntersAfterwardsDoesNotDelayIt) {
  const auto machine = TestMachine::entered();
  ASSERT_EQ(etrack(machine->secs()), LeafStatus::kSuccess);
  machine->exit_asynchronously();
  machine->prepare_entry(Enclu::kEresume);
  ASSERT_FALSE(machine->run());
  EXPECT_EQ(etrack(machine->secs()), LeafStatus::kSuccess);
}

TEST(Debugging, ReadsAndWritesDebugEnclavesOnly) {
  arch::Secs secs = make_secs();
  uint64_t value = 0;
  TestMachine production(secs);
  EXPECT_TRUE(is_gp(edbgrd(production.page(kData), 0, value)));
  EXPECT_TRUE(is_gp(edbgwr(production.page(kData), 0, 1)));
  EXPECT_EQ(value, 0u);
  secs.attributes.flags |= arch::kAttributeDebug;
  TestMachine machine(secs);
  EXPECT_EQ(edbgwr(machine.page(kData), 8, 0x1122), LeafStatus::kSuccess);
  EXPECT_EQ(edbgrd(machine.page(kData), 8, value), LeafStatus::kSuccess);
  EXPECT_EQ(value, 0x1122u);
}

TEST(Debugging, ReachesOfATcsOnlyWhatSoftwareMaySee) {
  arch::Secs secs = make_secs();
  secs.attributes.flags |= arch::kAttributeDebug;
  TestMachine machine(secs);
  machine.initialise();
  EpcPage& tcs = machine.page(kTcs);
  uint64_t value = 0;
  EXPECT_EQ(edbgwr(tcs, offsetof(arch::Tcs, flags), arch::kTcsDebugOptIn), LeafStatus::kSuccess);
  EXPECT_TRUE(is_gp(edbgwr(tcs, offsetof(arch::Tcs, ssa_offset), 0)));
  EXPECT_EQ(edbgrd(tcs, offsetof(arch::Tcs, fs_limit), value), LeafStatus::kSuccess);
  EXPECT_TRUE(is_gp(edbgrd(tcs, 72, value)));
  EXPECT_TRUE(is_gp(edbgrd(machine.page(kData), 4, value))) << "not aligned";
  EXPECT_TRUE(is_gp(edbgrd(machine.page(kData), arch::kPageSize, value)));
  EXPECT_TRUE(is_pf(edbgrd(machine.page(kFree), 0, value)));
  EXPECT_TRUE(is_pf(edbgrd(machine.secs(), 0, value)));
  machine.augment();
  EXPECT_EQ(edbgrd(machine.page(kFree), 0, value), LeafStatus::kPageNotDebuggable);
  EXPECT_EQ(edbgwr(machine.page(kFree), 0, 1), LeafStatus::kPageNotDebuggable);
}

}  // namespace
}  // namespace strongroom::sgx
