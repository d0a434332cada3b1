// rmdir(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_rmdir(const SyscallArguments& arguments) {
  return sys_unlinkat({{kWorkingDirectory, arguments[0], AT_REMOVEDIR}});
}

}  // namespace strongroom::kernel
