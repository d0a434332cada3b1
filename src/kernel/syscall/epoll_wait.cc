// epoll_wait(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_epoll_wait(const SyscallArguments& arguments) {
  return sys_epoll_pwait({{arguments[0], arguments[1], arguments[2], arguments[3], 0, 0}});
}

}  // namespace strongroom::kernel
