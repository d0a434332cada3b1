// launch_secret: the key of this launch's channel to its keeper.
#include "kernel/launch_secret.h"

#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_launch_secret(const SyscallArguments& arguments) {
  const auto& secret = launch_secret();
  uint8_t any = 0;
  for (const uint8_t byte : secret) any |= byte;
  if (any == 0) return Errno::kNoSuchDevice;
  KTRY(copy_to_user(arguments[0], secret, sizeof secret));
  return 0;
}

}  // namespace strongroom::kernel
