// setpgid(2): a leader of a session stays in its group.
#include "kernel/process.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setpgid(const SyscallArguments& arguments) {
  if (arguments.int32(1) < 0) return Errno::kInvalid;
  if (arguments.uint32(0) != 0 && arguments.uint32(0) != kProcessId) return Errno::kNoProcess;
  return Errno::kPerm;
}

}  // namespace strongroom::kernel
