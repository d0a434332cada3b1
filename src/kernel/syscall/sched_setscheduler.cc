// sched_setscheduler(2): the host schedules; only SCHED_OTHER can be asked for.
#include <sched.h>

#include "kernel/process.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sched_setscheduler(const SyscallArguments& arguments) {
  if (arguments[2] == 0 || arguments.int32(0) < 0 || arguments.int32(1) < 0) return Errno::kInvalid;
  if (arguments.uint32(0) != 0 && !thread_exists(arguments.uint32(0))) return Errno::kNoProcess;
  const int32_t priority = KTRY(UserIn<int32_t>(arguments[2]).read());
  if (arguments.int32(1) != SCHED_OTHER) return Errno::kPerm;
  if (priority != 0) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
