// readv(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/segments.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_readv(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  Segments segments;
  KTRY(segments.read(arguments[1], arguments[2]));
  Transfer to = segments.transfer();
  return file->read(to);
}

}  // namespace strongroom::kernel
