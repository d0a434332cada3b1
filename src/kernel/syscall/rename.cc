// rename(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_rename(const SyscallArguments& arguments) {
  return sys_renameat2({{kWorkingDirectory, arguments[0], kWorkingDirectory, arguments[1], 0}});
}

}  // namespace strongroom::kernel
