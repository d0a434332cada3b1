// gettid(2).
#include "kernel/syscall/table.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

SyscallResult sys_gettid(const SyscallArguments&) {
  return static_cast<uint64_t>(current_thread().id);
}

}  // namespace strongroom::kernel
