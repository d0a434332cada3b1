// fchown(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/identity.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fchown(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  KTRY(change_owner(*file->inode, arguments.uint32(1), arguments.uint32(2)));
  return 0;
}

}  // namespace strongroom::kernel
