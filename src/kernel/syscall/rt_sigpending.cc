// sigpending(2).
#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_rt_sigpending(const SyscallArguments& arguments) {
  if (arguments[1] > sizeof(uint64_t)) return Errno::kInvalid;
  const uint64_t pending = pending_signals() & current_thread().signal_mask.load();
  KTRY(copy_to_user(arguments[0], &pending, arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
