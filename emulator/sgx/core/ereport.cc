#include <cstring>

#include "arch/report.h"
#include "core/enclu_leaf.h"

namespace strongroom::sgx {

Outcome ereport(Execution& execution) {
  Cpu& cpu = execution.cpu;
  const auto [target_address, data_address, out_address] =
      std::array{cpu.registers.rbx, cpu.registers.rcx, cpu.registers.rdx};
  REFUSE_IF_FAULT(check_operand(cpu, target_address, arch::kTargetInfoAlignment));
  const EpcPage& target_page = *CHECKED(resolve_own(execution, target_address, Access::kRead));
  arch::TargetInfo target;
  std::memcpy(&target, target_page.bytes + target_address % arch::kPageSize, sizeof(target));
  if (arch::has_reserved(target)) return general_protection();
  REFUSE_IF_FAULT(check_operand(cpu, data_address, arch::kReportDataAlignment));
  const EpcPage& data_page = *CHECKED(resolve_own(execution, data_address, Access::kRead));
  REFUSE_IF_FAULT(check_operand(cpu, out_address, arch::kReportAlignment));
  EpcPage& out_page = *CHECKED(resolve_own(execution, out_address, Access::kWrite));

  arch::ReportData data;
  std::memcpy(&data, data_page.bytes + data_address % arch::kPageSize, sizeof(data));
  const auto report = arch::ereport(execution.processor.platform, *cpu.mode.enclave().identity, target, data);
  if (!report) return general_protection();
  std::memcpy(out_page.bytes + out_address % arch::kPageSize, &*report, sizeof(*report));
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
