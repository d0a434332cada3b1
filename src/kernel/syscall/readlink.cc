// readlink(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_readlink(const SyscallArguments& arguments) {
  return sys_readlinkat({{kWorkingDirectory, arguments[0], arguments[1], arguments[2]}});
}

}  // namespace strongroom::kernel
