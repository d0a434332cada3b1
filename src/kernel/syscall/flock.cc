// flock(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_flock(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  KTRY(file->lock(arguments.uint32(1)));
  return 0;
}

}  // namespace strongroom::kernel
