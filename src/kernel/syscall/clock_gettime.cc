// clock_gettime(2). Times are the host's word. Processor time is not accounted inside the enclave: its clocks
// give elapsed time.
#include <time.h>

#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_clock_gettime(const SyscallArguments& arguments) {
  uint64_t now = 0;
  switch (arguments.int32(0)) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      now = realtime_ns();
      break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      now = monotonic_ns();
      break;
    case CLOCK_PROCESS_CPUTIME_ID:
      now = process_ns();
      break;
    case CLOCK_THREAD_CPUTIME_ID:
      now = thread_ns();
      break;
    default:
      return Errno::kInvalid;
  }
  KTRY(UserOut<TimeSpec>(arguments[1]).write(to_timespec(static_cast<int64_t>(now))));
  return 0;
}

}  // namespace strongroom::kernel
