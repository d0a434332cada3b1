// fchmod(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fchmod(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  file->inode->permissions = arguments.uint32(1) & 07777;
  file->inode->changed();
  return 0;
}

}  // namespace strongroom::kernel
