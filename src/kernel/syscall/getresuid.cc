// getresuid(2)
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_getresuid(const SyscallArguments& arguments) {
  for (int index = 0; index < 3; ++index) KTRY(UserOut<uint32_t>(arguments[index]).write(0));
  return 0;
}

}  // namespace strongroom::kernel
