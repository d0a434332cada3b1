// renameat(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_renameat(const SyscallArguments& arguments) {
  return sys_renameat2({{arguments[0], arguments[1], arguments[2], arguments[3], 0}});
}

}  // namespace strongroom::kernel
