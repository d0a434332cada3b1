// stat(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_stat(const SyscallArguments& arguments) {
  return sys_newfstatat({{kWorkingDirectory, arguments[0], arguments[1], 0}});
}

}  // namespace strongroom::kernel
