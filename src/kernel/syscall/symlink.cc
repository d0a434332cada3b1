// symlink(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_symlink(const SyscallArguments& arguments) {
  return sys_symlinkat({{arguments[0], kWorkingDirectory, arguments[1]}});
}

}  // namespace strongroom::kernel
