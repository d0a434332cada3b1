// getrusage(2): processor time, as far as the clocks know it, and memory. There are no children.
#include <sys/resource.h>

#include "kernel/clock.h"
#include "kernel/memory_limits.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct timeval time_of(uint64_t nanoseconds) {
  const auto microseconds = static_cast<int64_t>(nanoseconds / 1000);
  return {microseconds / 1'000'000, microseconds % 1'000'000};
}

}  // namespace

SyscallResult sys_getrusage(const SyscallArguments& arguments) {
  struct rusage usage {};
  switch (arguments.int32(0)) {
    case RUSAGE_SELF:
      usage.ru_utime = time_of(process_ns());
      break;
    case RUSAGE_THREAD:
      usage.ru_utime = time_of(thread_ns());
      break;
    case RUSAGE_CHILDREN:
      break;
    default:
      return Errno::kInvalid;
  }
  if (arguments.int32(0) != RUSAGE_CHILDREN) {
    usage.ru_maxrss = static_cast<int64_t>(memory_limits().used / 1024);
  }
  KTRY(UserOut<struct rusage>(arguments[1]).write(usage));
  return 0;
}

}  // namespace strongroom::kernel
