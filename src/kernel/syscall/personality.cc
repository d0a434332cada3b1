// personality(2): Linux, and no other.
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_personality(const SyscallArguments& arguments) {
  constexpr uint32_t kQuery = 0xffffffff;
  if (arguments.uint32(0) != 0 && arguments.uint32(0) != kQuery) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
