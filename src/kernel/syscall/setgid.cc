// setgid(2)
#include "kernel/syscall/identity.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setgid(const SyscallArguments& arguments) {
  const uint32_t ids[] = {arguments.uint32(0)};
  KTRY(check_ids(ids, 1, false));
  return 0;
}

}  // namespace strongroom::kernel
