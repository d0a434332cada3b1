// sigsuspend(2).
#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_rt_sigsuspend(const SyscallArguments& arguments) {
  if (arguments[1] != sizeof(uint64_t)) return Errno::kInvalid;
  set_signal_mask_for_call(KTRY(UserIn<uint64_t>(arguments[0]).read()));
  return sleep_until_signal();
}

}  // namespace strongroom::kernel
