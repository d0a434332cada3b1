// open(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_open(const SyscallArguments& arguments) {
  return sys_openat({{kWorkingDirectory, arguments[0], arguments[1], arguments[2]}});
}

}  // namespace strongroom::kernel
