// EREPORT and EGETKEY: their operands. What they compute is tested in src/arch.
#include <gtest/gtest.h>

#include <functional>

#include "arch/key.h"
#include "arch/report.h"
#include "core/test_machine.h"

namespace strongroom::sgx {
namespace {

using arch::Enclu;
using arch::LeafStatus;
using arch::PageType;

std::unique_ptr<TestMachine> ready_to_report() {
  auto machine = TestMachine::entered();
  machine->at<arch::TargetInfo>(kData) = arch::target_info(*machine->enclave().identity);
  machine->at<arch::ReportData>(kData + 512).fill(0x77);
  return machine;
}
constexpr uint64_t kTarget = kData, kReportData = kData + 512, kReportOut = kData2 + 1024;

TEST(Ereport, MakesAReportThatItsTargetCanCheck) {
  const auto machine = ready_to_report();
  machine->cpu.registers.rflags |= kFlagZero | kFlagCarry;
  ASSERT_FALSE(machine->run(Enclu::kEreport, kTarget, kReportData, kReportOut));
  const auto& report = machine->at<arch::Report>(kReportOut);
  EXPECT_TRUE(arch::is_report_for(machine->processor.platform, *machine->enclave().identity, report));
  EXPECT_EQ(report.body.report_data[63], 0x77);
  EXPECT_EQ(machine->cpu.registers.rflags & (kFlagZero | kFlagCarry), kFlagZero | kFlagCarry);
}

const std::function<void(EpcmEntry&)> kSpoil[] = {
    [](auto& entry) { entry.valid = false; },   [](auto& entry) { entry.pending = true; },
    [](auto& entry) { entry.modified = true; }, [](auto& entry) { entry.type = PageType::kTcs; },
    [](auto& entry) { entry.secs = nullptr; },  [](auto& entry) { entry.address = kFree2; },
};

TEST(Ereport, ChecksItsOperands) {
  auto machine = ready_to_report();
  const uint64_t outside = kBase + kSize;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget + 256, kReportData, kReportOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, kReportData + 64, kReportOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, kReportData, kReportOut + 256)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, outside, kReportData, kReportOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, outside, kReportOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, kReportData, outside)));
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEreport, kExecuteOnly, kReportData, kReportOut), kExecuteOnly));
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEreport, kTarget, kExecuteOnly, kReportOut), kExecuteOnly));
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEreport, kTarget, kReportData, kConstants), kConstants));
  for (const auto& spoil_it : kSpoil) {
    machine = ready_to_report();
    spoil_it(machine->page(kData2).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEreport, kTarget, kReportData, kReportOut), kReportOut));
  }
  machine = ready_to_report();
  machine->at<arch::TargetInfo>(kTarget).reserved3[0] = 1;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, kReportData, kReportOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEreport, kTarget, kExecuteOnly, kReportOut)))
      << "TARGETINFO is looked at before the other operands";
}

std::unique_ptr<TestMachine> ready_to_ask() {
  auto machine = TestMachine::entered();
  machine->at<arch::KeyRequest>(kData) = arch::make_seal_request(
      machine->processor.platform, *machine->enclave().identity, arch::kPolicyMrenclave, arch::KeyId{});
  return machine;
}
constexpr uint64_t kKeyOut = kData2 + 16;

TEST(Egetkey, GivesTheKeyOfTheArchitecture) {
  const auto machine = ready_to_ask();
  const auto expected = arch::egetkey(machine->processor.platform, *machine->enclave().identity,
                                      machine->at<arch::KeyRequest>(kData));
  ASSERT_FALSE(machine->run(Enclu::kEgetkey, kData, kKeyOut));
  EXPECT_EQ(machine->cpu.registers.rax, 0u);
  EXPECT_EQ(machine->cpu.registers.rflags & kFlagZero, 0u);
  EXPECT_EQ(machine->at<arch::EnclaveKey>(kKeyOut), expected.value());
}

TEST(Egetkey, TellsWhyThereIsNoKey) {
  const auto machine = ready_to_ask();
  const auto before = machine->at<arch::EnclaveKey>(kKeyOut);
  machine->at<arch::KeyRequest>(kData).key_name = arch::KeyName::kProvision;
  ASSERT_FALSE(machine->run(Enclu::kEgetkey, kData, kKeyOut));
  EXPECT_EQ(machine->cpu.registers.rax, static_cast<uint64_t>(LeafStatus::kInvalidAttribute));
  EXPECT_NE(machine->cpu.registers.rflags & kFlagZero, 0u);
  machine->at<arch::KeyRequest>(kData).key_name = static_cast<arch::KeyName>(9);
  ASSERT_FALSE(machine->run(Enclu::kEgetkey, kData, kKeyOut));
  EXPECT_EQ(machine->cpu.registers.rax, static_cast<uint64_t>(LeafStatus::kInvalidKeyName));
  EXPECT_EQ(machine->at<arch::EnclaveKey>(kKeyOut), before);
}

TEST(Egetkey, ChecksItsOperands) {
  auto machine = ready_to_ask();
  const uint64_t outside = kBase + kSize;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEgetkey, kData + 256, kKeyOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEgetkey, kData, kKeyOut + 8)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEgetkey, outside, kKeyOut)));
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEgetkey, kData, outside)));
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEgetkey, kExecuteOnly, kKeyOut), kExecuteOnly));
  EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEgetkey, kData, kConstants), kConstants));
  for (const auto& spoil_it : kSpoil) {
    machine = ready_to_ask();
    spoil_it(machine->page(kData2).epcm);
    EXPECT_TRUE(is_pf_at(machine->run(Enclu::kEgetkey, kData, kKeyOut), kKeyOut));
  }
  machine = ready_to_ask();
  machine->at<arch::KeyRequest>(kData).reserved2[0] = 1;
  EXPECT_TRUE(is_gp(machine->run(Enclu::kEgetkey, kData, kKeyOut)));
}

}  // namespace
}  // namespace strongroom::sgx
