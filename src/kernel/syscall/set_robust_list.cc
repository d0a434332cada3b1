// set_robust_list(2).
#include "kernel/syscall/table.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

SyscallResult sys_set_robust_list(const SyscallArguments& arguments) {
  constexpr uint64_t kHeadSize = 24;
  if (arguments[1] != kHeadSize) return Errno::kInvalid;
  current_thread().robust_list = arguments[0];
  current_thread().robust_list_size = arguments[1];
  return 0;
}

}  // namespace strongroom::kernel
