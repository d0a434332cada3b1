// prlimit(2)
#include "kernel/process.h"
#include "kernel/syscall/resource_limits.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_prlimit64(const SyscallArguments& arguments) {
  const uint32_t resource = arguments.uint32(1);
  if (arguments.uint32(0) != 0 && arguments.uint32(0) != kProcessId) return Errno::kNoProcess;
  const ResourceLimit before = KTRY(resource_limit(resource));
  if (arguments[2] != 0) {
    KTRY(set_resource_limit(resource, KTRY(UserIn<ResourceLimit>(arguments[2]).read())));
  }
  if (arguments[3] != 0) KTRY(UserOut<ResourceLimit>(arguments[3]).write(before));
  return 0;
}

}  // namespace strongroom::kernel
