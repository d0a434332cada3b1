// renameat2(2), without RENAME_WHITEOUT.
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_renameat2(const SyscallArguments& arguments) {
  const PathArgument from = KTRY(read_path(arguments.int32(0), arguments[1]));
  const PathArgument to = KTRY(read_path(arguments.int32(2), arguments[3]));
  KTRY(rename_file(from.start, from.text(), to.start, to.text(), arguments.uint32(4)));
  return 0;
}

}  // namespace strongroom::kernel
