// kill(2): the only process is this one; the signal goes to the calling thread.
#include "kernel/signal_target.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_kill(const SyscallArguments& arguments) {
  constexpr int32_t kSelf = 1;
  const int32_t process = arguments.int32(0);
  if (process != kSelf && process != 0 && process != -1 && process != -kSelf) return Errno::kNoProcess;
  return signal_thread(current_thread().id, arguments.int32(1));
}

}  // namespace strongroom::kernel
