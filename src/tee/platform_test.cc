#include "tee/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tee/kvm_constants.h"
#include "tee/platform_probe.h"

namespace strongroom::tee {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Feature kThere{true, "there", ""};
const Feature kMissing{false, "not there", "get it"};

// A machine that has everything but SGX.
Platform full_platform() {
  Platform platform;
  platform.processor.rdrand = platform.processor.fsgsbase = kThere;
  platform.processor.sgx = kMissing;
  platform.kernel.memfd_secret = platform.kernel.syscall_user_dispatch = platform.kernel.seccomp = kThere;
  platform.kernel.landlock = platform.kernel.user_namespaces = platform.kernel.ptrace = kThere;
  platform.kernel.lockdown = kThere;
  platform.kvm.device = platform.kvm.user_memory2 = platform.kvm.guest_memfd = kThere;
  platform.kvm.private_memory = kThere;
  return platform;
}

const Shortcoming* shortcoming(const TeeReport& report, std::string_view feature) {
  for (const Shortcoming& one : report.shortcomings)
    if (one.feature == feature) return &one;
  return nullptr;
}

TEST(Assess, AFullMachineHasNoShortcomings) {
  EXPECT_TRUE(assess(TeeKind::kProcess, full_platform()).usable);
  EXPECT_THAT(assess(TeeKind::kProcess, full_platform()).shortcomings, IsEmpty());
  EXPECT_TRUE(assess(TeeKind::kVm, full_platform()).usable);
  EXPECT_THAT(assess(TeeKind::kVm, full_platform()).shortcomings, IsEmpty());
}

TEST(Assess, ProcessNeverClaimsToResistKernelCode) {
  EXPECT_THAT(assess(TeeKind::kProcess, full_platform()).does_not_protect_against,
              Contains("root that loads kernel code"));
}

TEST(Assess, ProcessAdmitsThatItsKeeperCanBeTakenOver) {
  EXPECT_THAT(assess(TeeKind::kProcess, full_platform()).does_not_protect_against,
              Contains(HasSubstr("writing into its memory")));
}

TEST(Assess, WithoutLockdownProcessAdmitsThatTheKernelCanBeTraced) {
  Platform platform = full_platform();
  EXPECT_THAT(assess(TeeKind::kProcess, platform).does_not_protect_against,
              Not(Contains(HasSubstr("kprobes"))));
  platform.kernel.lockdown = kMissing;
  EXPECT_THAT(assess(TeeKind::kProcess, platform).does_not_protect_against, Contains(HasSubstr("kprobes")));
  EXPECT_TRUE(assess(TeeKind::kProcess, platform).usable);
}

TEST(Assess, WithoutSecretMemoryProcessRunsAndDoesNotClaimToResistRoot) {
  Platform platform = full_platform();
  platform.kernel.memfd_secret = kMissing;
  const TeeReport report = assess(TeeKind::kProcess, platform);
  EXPECT_TRUE(report.usable);
  EXPECT_THAT(report.does_not_protect_against, Contains("root"));
  EXPECT_THAT(report.protects_against, Not(Contains(HasSubstr("root reading"))));
  ASSERT_NE(shortcoming(report, "memfd_secret"), nullptr);
  EXPECT_EQ(shortcoming(report, "memfd_secret")->remedy, "get it");
  EXPECT_FALSE(shortcoming(report, "memfd_secret")->prevents_use);
}

TEST(Assess, ProcessCannotRunWithoutWhatItsKernelNeeds) {
  for (Feature* (*select)(Platform&) : {+[](Platform& p) { return &p.kernel.syscall_user_dispatch; },
                                        +[](Platform& p) { return &p.processor.rdrand; },
                                        +[](Platform& p) { return &p.processor.fsgsbase; }}) {
    Platform platform = full_platform();
    *select(platform) = kMissing;
    const TeeReport report = assess(TeeKind::kProcess, platform);
    EXPECT_FALSE(report.usable);
    ASSERT_EQ(report.shortcomings.size(), 1u);
    EXPECT_TRUE(report.shortcomings[0].prevents_use);
  }
}

TEST(Assess, WithoutKvmThereIsOneShortcomingOfVmAndNotFour) {
  Platform platform = full_platform();
  platform.kvm.device = platform.kvm.user_memory2 = platform.kvm.guest_memfd = kMissing;
  platform.kvm.private_memory = kMissing;
  const TeeReport report = assess(TeeKind::kVm, platform);
  EXPECT_FALSE(report.usable);
  EXPECT_EQ(report.shortcomings.size(), 1u);
}

TEST(Assess, VmSaysWhoCanReadItsMemory) {
  Platform platform = full_platform();
  EXPECT_THAT(assess(TeeKind::kVm, platform).protects_against, Contains(HasSubstr("guest_memfd")));
  EXPECT_THAT(assess(TeeKind::kVm, platform).does_not_protect_against,
              Not(Contains(HasSubstr("guest_memfd"))));
  EXPECT_THAT(assess(TeeKind::kVm, platform).does_not_protect_against,
              Contains(HasSubstr("takes over the monitor")));
  platform.kvm.private_memory = kMissing;
  EXPECT_THAT(assess(TeeKind::kVm, platform).protects_against, Not(Contains(HasSubstr("private"))));
  EXPECT_THAT(assess(TeeKind::kVm, platform).does_not_protect_against, Contains(HasSubstr("guest_memfd")));
  platform.kvm.guest_memfd = kMissing;
  EXPECT_THAT(assess(TeeKind::kVm, platform).does_not_protect_against,
              Contains(HasSubstr("can read guest memory")));
  EXPECT_THAT(assess(TeeKind::kVm, platform).protects_against, Not(Contains(HasSubstr("mapped nowhere"))));
}

TEST(Assess, VmWithPrivateMemoryDoesNotMissMemoryThatCanBeMapped) {
  Platform platform = full_platform();
  platform.kvm.guest_memfd = kMissing;  // older kernels have one, and none that the monitor could map
  const TeeReport report = assess(TeeKind::kVm, platform);
  EXPECT_THAT(report.shortcomings, IsEmpty());
  EXPECT_THAT(report.protects_against, Contains(HasSubstr("mapped nowhere")));
}

TEST(Assess, SgxNeedsProcessorAndDriver) {
  Platform platform = full_platform();
  platform.processor.sgx = kThere;
  EXPECT_TRUE(assess(TeeKind::kSgx, platform).usable);
  platform.processor.sgx = {false, "no driver", "enable it"};
  EXPECT_FALSE(assess(TeeKind::kSgx, platform).usable);
}

TEST(KernelRelease, IsReadFromItsFirstTwoNumbers) {
  EXPECT_EQ(parse_kernel_release("6.1.0-18-amd64").major, 6);
  EXPECT_EQ(parse_kernel_release("6.1.0-18-amd64").minor, 1);
  EXPECT_EQ(parse_kernel_release("5.14").minor, 14);
  EXPECT_TRUE(parse_kernel_release("6.1").at_least(5, 14));
  EXPECT_FALSE(parse_kernel_release("5.9.1").at_least(5, 14));
  EXPECT_TRUE(parse_kernel_release("5.14").at_least(5, 14));
}

TEST(KernelRelease, WhatIsNotAReleaseIsOlderThanEverything) {
  for (const char* text : {"", "6", "6.", "six.one", "x"})
    EXPECT_FALSE(parse_kernel_release(text).at_least(0, 1)) << text;
}

TEST(Probe, EveryFeatureHasANameAndEveryMissingOneAReason) {
  const Platform platform = probe_platform();
  for (const NamedFeature& one : features(platform)) {
    EXPECT_FALSE(one.name.empty());
    EXPECT_TRUE(one.feature->present || !one.feature->detail.empty()) << one.name;
    EXPECT_TRUE(!one.feature->present || one.feature->remedy.empty()) << one.name;
  }
  EXPECT_FALSE(platform.processor.vendor.empty());
  EXPECT_GT(platform.kernel.version.major, 0);
}

TEST(Probe, AgreesWithWhatTheSystemShows) {
  const Platform platform = probe_platform();
  EXPECT_TRUE(!platform.kvm.device.present || std::filesystem::exists("/dev/kvm"));
  EXPECT_EQ(platform.kernel.landlock.present, platform.kernel.landlock_abi > 0);
  EXPECT_TRUE(!platform.kvm.guest_memfd.present ||
              (platform.kvm.guest_memfd_flags & kGuestMemfdFlagMmap) != 0);
}

}  // namespace
}  // namespace strongroom::tee
