// syncfs(2). Files live in memory.
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_syncfs(const SyscallArguments& arguments) {
  (void)KTRY(file_system().descriptors.get(arguments.int32(0)));
  return 0;
}

}  // namespace strongroom::kernel
