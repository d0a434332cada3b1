// setpriority(2): the host decides; only what is so already can be asked for.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setpriority(const SyscallArguments& arguments) {
  (void)KTRY(sys_getpriority(arguments));
  if (arguments.int32(2) != 0) return Errno::kAccess;
  return 0;
}

}  // namespace strongroom::kernel
