// sigprocmask(2).
#include <signal.h>

#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_rt_sigprocmask(const SyscallArguments& arguments) {
  const UserIn<uint64_t> wanted(arguments[1]);
  const UserOut<uint64_t> previous(arguments[2]);
  if (arguments[3] != sizeof(uint64_t)) return Errno::kInvalid;
  const uint64_t before = current_thread().signal_mask;
  if (!wanted.is_null()) {
    const uint64_t mask = KTRY(wanted.read());
    switch (arguments.int32(0)) {
      case SIG_BLOCK:
        set_signal_mask(before | mask);
        break;
      case SIG_UNBLOCK:
        set_signal_mask(before & ~mask);
        break;
      case SIG_SETMASK:
        set_signal_mask(mask);
        break;
      default:
        return Errno::kInvalid;
    }
  }
  if (!previous.is_null()) KTRY(previous.write(before));
  return 0;
}

}  // namespace strongroom::kernel
