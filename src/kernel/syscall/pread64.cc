// pread(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_pread64(const SyscallArguments& arguments) {
  if (arguments.int64(3) < 0) return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (arguments.int64(2) < 0) return Errno::kInvalid;
  Transfer to(arguments[1], arguments[2]);
  return file->read_at(to, arguments[3]);
}

}  // namespace strongroom::kernel
