// getgroups(2): there are no supplementary groups.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getgroups(const SyscallArguments& arguments) {
  if (arguments.int32(0) < 0) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
