// times(2)
#include <sys/times.h>

#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_times(const SyscallArguments& arguments) {
  constexpr uint64_t kTick = 10'000'000;  // ns: USER_HZ is 100
  if (arguments[0] != 0) {
    struct tms times {};
    times.tms_utime = static_cast<int64_t>(process_ns() / kTick);
    KTRY(UserOut<struct tms>(arguments[0]).write(times));
  }
  return monotonic_ns() / kTick;
}

}  // namespace strongroom::kernel
