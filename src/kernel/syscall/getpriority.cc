// getpriority(2). The system call yields 20 minus the nice value, which is 0.
#include <sys/resource.h>

#include "kernel/process.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_getpriority(const SyscallArguments& arguments) {
  if (arguments.uint32(0) > PRIO_USER) return Errno::kInvalid;
  if (arguments.uint32(0) != PRIO_USER && arguments.uint32(1) != 0 && !thread_exists(arguments.uint32(1))) {
    return Errno::kNoProcess;
  }
  return 20;
}

}  // namespace strongroom::kernel
