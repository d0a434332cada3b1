// dup3(2)
#include <fcntl.h>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_dup3(const SyscallArguments& arguments) {
  const int descriptor = arguments.int32(1);
  const uint32_t flags = arguments.uint32(2);
  if ((flags & ~static_cast<uint32_t>(O_CLOEXEC)) != 0 || descriptor == arguments.int32(0))
    return Errno::kInvalid;
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  KTRY(file_system().descriptors.place(descriptor, file, (flags & O_CLOEXEC) != 0));
  return static_cast<uint64_t>(descriptor);
}

}  // namespace strongroom::kernel
