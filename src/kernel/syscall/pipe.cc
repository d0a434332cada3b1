// pipe(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_pipe(const SyscallArguments& arguments) {
  return sys_pipe2({{arguments[0], 0}});
}

}  // namespace strongroom::kernel
