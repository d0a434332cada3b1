// sysinfo(2)
#include <sys/sysinfo.h>

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/memory_limits.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sysinfo(const SyscallArguments& arguments) {
  const MemoryLimits memory = memory_limits();
  struct sysinfo info {};
  info.uptime = static_cast<int64_t>(monotonic_ns() / 1'000'000'000);
  info.totalram = memory.limit;
  info.freeram = memory.limit - std::min(memory.used, memory.limit);
  info.procs = 1;
  info.mem_unit = 1;
  KTRY(UserOut<struct sysinfo>(arguments[0]).write(info));
  return 0;
}

}  // namespace strongroom::kernel
