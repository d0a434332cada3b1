// pause(2).
#include "kernel/signal.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_pause(const SyscallArguments&) {
  return sleep_until_signal();
}

}  // namespace strongroom::kernel
