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
  Thread& thread = current_thread();
  const uint64_t before = thread.signal_mask;
  if (!wanted.is_null()) {
    constexpr uint64_t kUnblockable = 1ull << (kSigKill - 1) | 1ull << (kSigStop - 1);
    const uint64_t mask = KTRY(wanted.read()) & ~kUnblockable;
    switch (arguments.int32(0)) {
      case SIG_BLOCK:
        thread.signal_mask = before | mask;
        break;
      case SIG_UNBLOCK:
        thread.signal_mask = before & ~mask;
        break;
      case SIG_SETMASK:
        thread.signal_mask = mask;
        break;
      default:
        return Errno::kInvalid;
    }
  }
  if (!previous.is_null()) KTRY(previous.write(before));
  return 0;
}

}  // namespace strongroom::kernel
