// chmod(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_chmod(const SyscallArguments& arguments) {
  return sys_fchmodat({{kWorkingDirectory, arguments[0], arguments[1]}});
}

}  // namespace strongroom::kernel
