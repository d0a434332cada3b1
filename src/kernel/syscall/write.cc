// write(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_write(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (arguments.int64(2) < 0) return Errno::kInvalid;
  Transfer from(arguments[1], arguments[2]);
  return file->write(from);
}

}  // namespace strongroom::kernel
