// alarm(2)
#include "kernel/interval_timer.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_alarm(const SyscallArguments& arguments) {
  constexpr uint64_t kSecond = 1'000'000'000;
  const IntervalTimer before = KTRY(set_interval_timer({arguments.uint32(0) * kSecond, 0}));
  // To the nearest second, and never 0 while there is one.
  const uint64_t seconds = (before.left_ns + kSecond / 2) / kSecond;
  return before.left_ns != 0 && seconds == 0 ? 1 : seconds;
}

}  // namespace strongroom::kernel
