// kill(2): the only process is this one.
#include "kernel/signal.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_kill(const SyscallArguments& arguments) {
  constexpr int32_t kSelf = 1;
  const int32_t process = arguments.int32(0);
  if (process != kSelf && process != 0 && process != -1 && process != -kSelf) return Errno::kNoProcess;
  const int32_t signal = arguments.int32(1);
  if (signal < 0 || signal > kSignalCount) return Errno::kInvalid;
  if (signal != 0) send_process_signal(signal);
  return 0;
}

}  // namespace strongroom::kernel
