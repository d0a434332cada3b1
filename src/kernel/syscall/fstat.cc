// fstat(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/stat_buffer.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fstat(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  KTRY(write_stat(arguments[1], *file->inode));
  return 0;
}

}  // namespace strongroom::kernel
