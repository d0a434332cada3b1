// chown(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_chown(const SyscallArguments& arguments) {
  return sys_fchownat({{kWorkingDirectory, arguments[0], arguments[1], arguments[2], 0}});
}

}  // namespace strongroom::kernel
