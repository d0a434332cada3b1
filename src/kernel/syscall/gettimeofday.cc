// gettimeofday(2).
#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_gettimeofday(const SyscallArguments& arguments) {
  struct TimeValue {
    int64_t seconds;
    int64_t microseconds;
  };
  const int64_t now = realtime_ns();
  if (arguments[0] != 0)
    KTRY(UserOut<TimeValue>(arguments[0]).write({now / 1'000'000'000, now % 1'000'000'000 / 1000}));
  if (arguments[1] != 0) KTRY(UserOut<uint64_t>(arguments[1]).write(0));
  return 0;
}

}  // namespace strongroom::kernel
