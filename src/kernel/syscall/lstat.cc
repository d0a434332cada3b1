// lstat(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_lstat(const SyscallArguments& arguments) {
  return sys_newfstatat({{kWorkingDirectory, arguments[0], arguments[1], AT_SYMLINK_NOFOLLOW}});
}

}  // namespace strongroom::kernel
