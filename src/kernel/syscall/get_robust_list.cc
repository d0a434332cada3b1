// get_robust_list(2).
#include "kernel/syscall/table.h"
#include "kernel/thread.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_get_robust_list(const SyscallArguments& arguments) {
  const Thread* thread = arguments.int32(0) == 0 ? &current_thread() : find_thread(arguments.int32(0));
  if (thread == nullptr) return Errno::kNoProcess;
  KTRY(UserOut<uint64_t>(arguments[1]).write(thread->robust_list));
  KTRY(UserOut<uint64_t>(arguments[2]).write(thread->robust_list_size));
  return 0;
}

}  // namespace strongroom::kernel
