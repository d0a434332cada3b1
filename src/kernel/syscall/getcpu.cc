// getcpu(2): an enclave does not know where it runs; it says processor 0, node 0.
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_getcpu(const SyscallArguments& arguments) {
  if (arguments[0] != 0) KTRY(UserOut<uint32_t>(arguments[0]).write(0));
  if (arguments[1] != 0) KTRY(UserOut<uint32_t>(arguments[1]).write(0));
  return 0;
}

}  // namespace strongroom::kernel
