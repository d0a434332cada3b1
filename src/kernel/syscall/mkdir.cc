// mkdir(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mkdir(const SyscallArguments& arguments) {
  return sys_mkdirat({{kWorkingDirectory, arguments[0], arguments[1]}});
}

}  // namespace strongroom::kernel
