// fsync(2). Files live in memory: there is nothing to write to a disk.
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fsync(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  const bool stored = file->inode->kind == InodeKind::kRegular || file->inode->kind == InodeKind::kDirectory;
  if (!stored) return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
