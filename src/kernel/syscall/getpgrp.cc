// getpgrp(2)
#include "kernel/process.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getpgrp(const SyscallArguments&) {
  return uint64_t{kProcessId};
}

}  // namespace strongroom::kernel
