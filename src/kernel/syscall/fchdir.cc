// fchdir(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fchdir(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  KTRY(set_working_directory(file->inode));
  return 0;
}

}  // namespace strongroom::kernel
