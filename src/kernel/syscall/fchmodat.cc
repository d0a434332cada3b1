// fchmodat(2)
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fchmodat(const SyscallArguments& arguments) {
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], 0));
  if (inode->kind == InodeKind::kSymlink) return Errno::kNotSupported;
  inode->permissions = arguments.uint32(2) & 07777;
  inode->changed();
  return 0;
}

}  // namespace strongroom::kernel
