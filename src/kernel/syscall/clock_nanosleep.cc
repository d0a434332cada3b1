// clock_nanosleep(2).
#include <time.h>

#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_clock_nanosleep(const SyscallArguments& arguments) {
  const int32_t clock = arguments.int32(0);
  const bool absolute = (arguments.int32(1) & TIMER_ABSTIME) != 0;
  const UserOut<TimeSpec> remaining(arguments[3]);
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME) return Errno::kInvalid;
  int64_t ns = KTRY(to_ns(KTRY(UserIn<TimeSpec>(arguments[2]).read())));
  if (absolute) ns -= clock == CLOCK_REALTIME ? realtime_ns() : monotonic_ns();
  if (ns <= 0) return 0;
  int64_t left = 0;
  Result<void> slept = sleep_for(ns, left);
  if (slept.ok()) return 0;
  if (!absolute && !remaining.is_null()) KTRY(remaining.write(to_timespec(left)));
  return slept.error();
}

}  // namespace strongroom::kernel
