// membarrier(2): says that nothing is supported, so that programs use their fallback.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_membarrier(const SyscallArguments& arguments) {
  constexpr int32_t kQuery = 0;
  if (arguments.int32(0) == kQuery) return 0;
  return Errno::kInvalid;
}

}  // namespace strongroom::kernel
