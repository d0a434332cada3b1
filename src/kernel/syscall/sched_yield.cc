// sched_yield(2).
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sched_yield(const SyscallArguments&) {
  port::yield(current_thread());
  return 0;
}

}  // namespace strongroom::kernel
