// lchown(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_lchown(const SyscallArguments& arguments) {
  const uint64_t flags = AT_SYMLINK_NOFOLLOW;
  return sys_fchownat({{kWorkingDirectory, arguments[0], arguments[1], arguments[2], flags}});
}

}  // namespace strongroom::kernel
