// preadv(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/segments.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_preadv(const SyscallArguments& arguments) {
  if (arguments.int64(3) < 0) return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  Segments segments;
  KTRY(segments.read(arguments[1], arguments[2]));
  Transfer to = segments.transfer();
  return file->read_at(to, arguments[3]);
}

}  // namespace strongroom::kernel
