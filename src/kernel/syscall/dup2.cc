// dup2(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_dup2(const SyscallArguments& arguments) {
  if (arguments.int32(0) != arguments.int32(1)) return sys_dup3({{arguments[0], arguments[1], 0}});
  (void)KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  return static_cast<uint64_t>(arguments.int32(0));
}

}  // namespace strongroom::kernel
