// truncate(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_truncate(const SyscallArguments& arguments) {
  if (arguments.int64(1) < 0) return Errno::kInvalid;
  const PathArgument path = KTRY(read_path(AT_FDCWD, arguments[0]));
  const Ref<Inode> inode = KTRY(find_file(path.start, path.text(), true));
  if (inode->kind == InodeKind::kDirectory) return Errno::kIsDirectory;
  RegularFile* file = as_regular(inode.get());
  if (file == nullptr) return Errno::kInvalid;
  KTRY(set_file_size(*file, arguments[1]));
  return 0;
}

}  // namespace strongroom::kernel
