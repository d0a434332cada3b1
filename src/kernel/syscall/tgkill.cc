// tgkill(2).
#include "kernel/signal_target.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_tgkill(const SyscallArguments& arguments) {
  constexpr int32_t kSelf = 1;
  if (arguments.int32(0) <= 0) return Errno::kInvalid;
  if (arguments.int32(0) != kSelf) return Errno::kNoProcess;
  return signal_thread(arguments.int32(1), arguments.int32(2));
}

}  // namespace strongroom::kernel
