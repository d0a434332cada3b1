// mprotect(2). Memory never becomes executable, and code never writable.
#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mprotect(const SyscallArguments& arguments) {
  if ((arguments.uint32(2) & ~7u) != 0) return Errno::kInvalid;
  KTRY(protect_memory(arguments[0], arguments[1], arguments.uint32(2)));
  return 0;
}

}  // namespace strongroom::kernel
