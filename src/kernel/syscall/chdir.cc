// chdir(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_chdir(const SyscallArguments& arguments) {
  const PathArgument path = KTRY(read_path(AT_FDCWD, arguments[0]));
  const Ref<Inode> inode = KTRY(find_file(path.start, path.text(), true));
  KTRY(set_working_directory(inode));
  return 0;
}

}  // namespace strongroom::kernel
