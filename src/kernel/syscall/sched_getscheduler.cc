// sched_getscheduler(2): SCHED_OTHER.
#include "kernel/process.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sched_getscheduler(const SyscallArguments& arguments) {
  if (arguments.int32(0) < 0) return Errno::kInvalid;
  if (arguments.uint32(0) != 0 && !thread_exists(arguments.uint32(0))) return Errno::kNoProcess;
  return 0;
}

}  // namespace strongroom::kernel
