// sigaction(2).
#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_rt_sigaction(const SyscallArguments& arguments) {
  const int signal = arguments.int32(0);
  const UserIn<SignalAction> wanted(arguments[1]);
  const UserOut<SignalAction> previous(arguments[2]);
  if (signal < 1 || signal > kSignalCount || arguments[3] != sizeof(uint64_t)) return Errno::kInvalid;
  if (!wanted.is_null() && (signal == kSigKill || signal == kSigStop)) return Errno::kInvalid;
  const SignalAction before = signal_action(signal);
  if (!wanted.is_null()) set_signal_action(signal, KTRY(wanted.read()));
  if (!previous.is_null()) KTRY(previous.write(before));
  return 0;
}

}  // namespace strongroom::kernel
