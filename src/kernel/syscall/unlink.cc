// unlink(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_unlink(const SyscallArguments& arguments) {
  return sys_unlinkat({{kWorkingDirectory, arguments[0], 0}});
}

}  // namespace strongroom::kernel
