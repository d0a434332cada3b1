// setsid(2): the process leads its group already.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setsid(const SyscallArguments&) {
  return Errno::kPerm;
}

}  // namespace strongroom::kernel
