// munmap(2).
#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_munmap(const SyscallArguments& arguments) {
  KTRY(unmap_memory(arguments[0], arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
