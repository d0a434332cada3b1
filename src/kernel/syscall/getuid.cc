// getuid(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getuid(const SyscallArguments&) {
  return 0;
}

}  // namespace strongroom::kernel
