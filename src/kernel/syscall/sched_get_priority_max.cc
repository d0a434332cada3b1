// sched_get_priority_max(2)
#include <sched.h>

#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sched_get_priority_max(const SyscallArguments& arguments) {
  switch (arguments.int32(0)) {
    case SCHED_FIFO:
    case SCHED_RR:
      return 99;
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
      return 0;
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
