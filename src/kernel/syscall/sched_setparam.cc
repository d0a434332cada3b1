// sched_setparam(2): the ordinary policy has no priority but 0.
#include "kernel/process.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sched_setparam(const SyscallArguments& arguments) {
  if (arguments[1] == 0) return Errno::kInvalid;
  if (arguments.int32(0) < 0) return Errno::kInvalid;
  if (arguments.uint32(0) != 0 && !thread_exists(arguments.uint32(0))) return Errno::kNoProcess;
  if (KTRY(UserIn<int32_t>(arguments[1]).read()) != 0) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
