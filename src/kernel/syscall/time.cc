// time(2).
#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_time(const SyscallArguments& arguments) {
  const int64_t seconds = realtime_ns() / 1'000'000'000;
  if (arguments[0] != 0) KTRY(UserOut<int64_t>(arguments[0]).write(seconds));
  return static_cast<uint64_t>(seconds);
}

}  // namespace strongroom::kernel
