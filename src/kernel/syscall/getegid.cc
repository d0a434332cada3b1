// getegid(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getegid(const SyscallArguments&) {
  return 0;
}

}  // namespace strongroom::kernel
