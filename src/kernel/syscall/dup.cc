// dup(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_dup(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  return static_cast<uint64_t>(KTRY(file_system().descriptors.add(file, false)));
}

}  // namespace strongroom::kernel
