// clock_getres(2).
#include <time.h>

#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_clock_getres(const SyscallArguments& arguments) {
  if (arguments.int32(0) < 0 || arguments.int32(0) > CLOCK_BOOTTIME) return Errno::kInvalid;
  if (arguments[1] != 0) KTRY(UserOut<TimeSpec>(arguments[1]).write({0, 1}));
  return 0;
}

}  // namespace strongroom::kernel
