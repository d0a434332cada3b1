// sync(2). Files live in memory.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sync(const SyscallArguments&) {
  return 0;
}

}  // namespace strongroom::kernel
