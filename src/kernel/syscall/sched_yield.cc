// sched_yield(2): the host schedules; a short pause is all there is to give.
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sched_yield(const SyscallArguments&) {
  port::park(current_thread(), 0);
  return 0;
}

}  // namespace strongroom::kernel
