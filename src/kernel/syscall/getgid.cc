// getgid(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getgid(const SyscallArguments&) {
  return 0;
}

}  // namespace strongroom::kernel
