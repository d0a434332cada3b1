// epoll_create(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_epoll_create(const SyscallArguments& arguments) {
  if (arguments.int32(0) <= 0) return Errno::kInvalid;
  return sys_epoll_create1({{0}});
}

}  // namespace strongroom::kernel
