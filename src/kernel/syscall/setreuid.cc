// setreuid(2)
#include "kernel/syscall/identity.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_setreuid(const SyscallArguments& arguments) {
  const uint32_t ids[] = {arguments.uint32(0), arguments.uint32(1)};
  KTRY(check_ids(ids, 2, true));
  return 0;
}

}  // namespace strongroom::kernel
