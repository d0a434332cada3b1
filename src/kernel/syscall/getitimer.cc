// getitimer(2)
#include "kernel/syscall/interval_value.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_getitimer(const SyscallArguments& arguments) {
  const int which = arguments.int32(0);
  if (which < kRealTimer || which > kLastTimer) return Errno::kInvalid;
  if (which != kRealTimer) return Errno::kNoSystemCall;
  KTRY(UserOut<IntervalValue>(arguments[1]).write(to_value(interval_timer())));
  return 0;
}

}  // namespace strongroom::kernel
