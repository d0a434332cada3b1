// setrlimit(2)
#include "kernel/syscall/resource_limits.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_setrlimit(const SyscallArguments& arguments) {
  KTRY(set_resource_limit(arguments.uint32(0), KTRY(UserIn<ResourceLimit>(arguments[1]).read())));
  return 0;
}

}  // namespace strongroom::kernel
