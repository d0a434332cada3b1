// nanosleep(2).
#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_nanosleep(const SyscallArguments& arguments) {
  const UserOut<TimeSpec> remaining(arguments[1]);
  int64_t left = 0;
  Result<void> slept = sleep_for(KTRY(to_ns(KTRY(UserIn<TimeSpec>(arguments[0]).read()))), left);
  if (slept.ok()) return 0;
  if (!remaining.is_null()) KTRY(remaining.write(to_timespec(left)));
  return slept.error();
}

}  // namespace strongroom::kernel
