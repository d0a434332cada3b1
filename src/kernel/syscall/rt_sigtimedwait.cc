// sigtimedwait(2), which sigwait(3) and sigwaitinfo(2) are made of.
#include "kernel/clock.h"
#include "kernel/port/port.h"
#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/timeout.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// Sleeps until one of `wanted` waits, and takes it. EAGAIN when time is up, EINTR where another signal is to
// be handled.
Result<int> await_signal(uint64_t wanted, int64_t timeout_ns) {
  const uint64_t start = monotonic_ns();
  for (;;) {
    if (const int signal = take_signal(wanted)) return signal;
    if (signal_pending()) return Errno::kInterrupted;
    int64_t left = -1;
    if (timeout_ns >= 0) {
      left = timeout_ns - static_cast<int64_t>(monotonic_ns() - start);
      if (left <= 0) return Errno::kAgain;
    }
    port::park(current_thread(), left);
  }
}

}  // namespace

SyscallResult sys_rt_sigtimedwait(const SyscallArguments& arguments) {
  const UserOut<SignalInfo> information(arguments[1]);
  if (arguments[3] != sizeof(uint64_t)) return Errno::kInvalid;
  const uint64_t wanted = KTRY(UserIn<uint64_t>(arguments[0]).read());
  const Timeout timeout = KTRY(Timeout::read_timespec(arguments[2]));
  Thread& thread = current_thread();
  thread.awaited_signals = wanted;
  const Result<int> taken = await_signal(wanted, timeout.nanoseconds());
  thread.awaited_signals = 0;
  const int signal = KTRY(taken);
  if (!information.is_null()) KTRY(information.write(information_of(signal)));
  return static_cast<uint64_t>(signal);
}

}  // namespace strongroom::kernel
