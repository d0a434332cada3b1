// fdatasync(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fdatasync(const SyscallArguments& arguments) {
  return sys_fsync(arguments);
}

}  // namespace strongroom::kernel
