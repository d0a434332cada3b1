// report: EREPORT, where the processor does it.
#include "arch/report_format.h"
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_report(const SyscallArguments& arguments) {
  alignas(arch::kTargetInfoAlignment) arch::TargetInfo target;
  alignas(arch::kReportDataAlignment) uint8_t data[sizeof(arch::ReportBody::report_data)];
  alignas(arch::kReportAlignment) arch::Report report{};
  KTRY(copy_from_user(&target, arguments[0], sizeof target));
  KTRY(copy_from_user(data, arguments[1], sizeof data));
  const uint64_t status = KTRY(port::report(target, data, report));
  if (status == 0) KTRY(copy_to_user(arguments[2], &report, sizeof report));
  return status;
}

}  // namespace strongroom::kernel
