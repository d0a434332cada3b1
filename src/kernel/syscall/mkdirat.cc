// mkdirat(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mkdirat(const SyscallArguments& arguments) {
  const PathArgument path = KTRY(read_path(arguments.int32(0), arguments[1]));
  const uint32_t mode = arguments.uint32(2) & 01777 & ~file_system().umask;
  KTRY(make_directory(path.start, path.text(), mode));
  return 0;
}

}  // namespace strongroom::kernel
