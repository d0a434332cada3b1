// eventfd(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_eventfd(const SyscallArguments& arguments) {
  return sys_eventfd2({{arguments[0], 0}});
}

}  // namespace strongroom::kernel
