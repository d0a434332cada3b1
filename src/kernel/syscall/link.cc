// link(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_link(const SyscallArguments& arguments) {
  return sys_linkat({{kWorkingDirectory, arguments[0], kWorkingDirectory, arguments[1], 0}});
}

}  // namespace strongroom::kernel
