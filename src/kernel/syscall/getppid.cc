// getppid(2): no parent is visible, as at the root of a process namespace.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getppid(const SyscallArguments&) {
  return 0;
}

}  // namespace strongroom::kernel
