// getsid(2)
#include "kernel/process.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getsid(const SyscallArguments& arguments) {
  if (arguments.uint32(0) != 0 && arguments.uint32(0) != kProcessId) return Errno::kNoProcess;
  return uint64_t{kProcessId};
}

}  // namespace strongroom::kernel
