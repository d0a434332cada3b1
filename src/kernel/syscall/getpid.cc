// getpid(2): the program is process 1 of its enclave.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getpid(const SyscallArguments&) {
  return 1;
}

}  // namespace strongroom::kernel
