// lseek(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_lseek(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  return file->seek(arguments.int64(1), arguments.uint32(2));
}

}  // namespace strongroom::kernel
