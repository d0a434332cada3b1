// fstatfs(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/statfs_buffer.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fstatfs(const SyscallArguments& arguments) {
  (void)KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  KTRY(write_statfs(arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
