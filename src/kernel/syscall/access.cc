// access(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_access(const SyscallArguments& arguments) {
  return sys_faccessat2({{kWorkingDirectory, arguments[0], arguments[1], 0}});
}

}  // namespace strongroom::kernel
