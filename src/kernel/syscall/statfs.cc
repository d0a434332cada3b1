// statfs(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/statfs_buffer.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_statfs(const SyscallArguments& arguments) {
  (void)KTRY(find_file_at(AT_FDCWD, arguments[0], 0));
  KTRY(write_statfs(arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
