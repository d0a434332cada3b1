// sched_setaffinity(2): a hint that the host does not hear. Some processor must be named.
#include <algorithm>

#include "kernel/process.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sched_setaffinity(const SyscallArguments& arguments) {
  if (arguments.uint32(0) != 0 && !thread_exists(arguments.uint32(0))) return Errno::kNoProcess;
  uint8_t mask[128] = {};
  KTRY(copy_from_user(mask, arguments[2], std::min<uint64_t>(arguments.uint32(1), sizeof(mask))));
  for (const uint8_t byte : mask) {
    if (byte != 0) return 0;
  }
  return Errno::kInvalid;
}

}  // namespace strongroom::kernel
