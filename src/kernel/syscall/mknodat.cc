// mknodat(2): regular files only; there are no devices to make, and no named pipes.
#include <sys/stat.h>

#include "kernel/allocate.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mknodat(const SyscallArguments& arguments) {
  const uint32_t type = arguments.uint32(2) & S_IFMT;
  if (type != 0 && type != S_IFREG) return Errno::kPerm;
  const PathArgument path = KTRY(read_path(arguments.int32(0), arguments[1]));
  const uint32_t mode = arguments.uint32(2) & 07777 & ~file_system().umask;
  const Ref<Inode> file = Ref<RegularFile>::adopt(create<RegularFile>(mode));
  if (!file) return Errno::kNoSpace;
  KTRY(add_name(path.start, path.text(), file));
  return 0;
}

}  // namespace strongroom::kernel
