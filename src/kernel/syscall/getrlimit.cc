// getrlimit(2)
#include "kernel/syscall/resource_limits.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_getrlimit(const SyscallArguments& arguments) {
  KTRY(UserOut<ResourceLimit>(arguments[1]).write(KTRY(resource_limit(arguments.uint32(0)))));
  return 0;
}

}  // namespace strongroom::kernel
