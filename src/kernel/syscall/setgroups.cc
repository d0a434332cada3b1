// setgroups(2): none may be added.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setgroups(const SyscallArguments& arguments) {
  if (arguments.uint32(0) != 0) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
