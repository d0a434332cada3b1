// close(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_close(const SyscallArguments& arguments) {
  KTRY(file_system().descriptors.close(arguments.int32(0)));
  return 0;
}

}  // namespace strongroom::kernel
