// arch_prctl(2). GS belongs to the kernel.
#include <asm/prctl.h>

#include "kernel/processor.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_arch_prctl(const SyscallArguments& arguments) {
  constexpr uint64_t kCanonicalEnd = 1ull << 47;
  switch (arguments.int32(0)) {
    case ARCH_SET_FS:
      if (arguments[1] >= kCanonicalEnd) return Errno::kPerm;
      processor::set_fs_base(arguments[1]);
      return 0;
    case ARCH_GET_FS:
      KTRY(UserOut<uint64_t>(arguments[1]).write(processor::fs_base()));
      return 0;
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
