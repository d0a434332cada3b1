// sched_getparam(2)
#include "kernel/process.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sched_getparam(const SyscallArguments& arguments) {
  if (arguments[1] == 0) return Errno::kInvalid;
  if (arguments.int32(0) < 0) return Errno::kInvalid;
  if (arguments.uint32(0) != 0 && !thread_exists(arguments.uint32(0))) return Errno::kNoProcess;
  KTRY(UserOut<int32_t>(arguments[1]).write(0));
  return 0;
}

}  // namespace strongroom::kernel
