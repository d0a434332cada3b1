// pwrite(2). As on Linux, a file opened with O_APPEND is appended to, whatever the offset.
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_pwrite64(const SyscallArguments& arguments) {
  if (arguments.int64(3) < 0) return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (arguments.int64(2) < 0) return Errno::kInvalid;
  Transfer from(arguments[1], arguments[2]);
  return file->write_at(from, arguments[3]);
}

}  // namespace strongroom::kernel
