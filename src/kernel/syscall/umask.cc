// umask(2)
#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_umask(const SyscallArguments& arguments) {
  return uint64_t{file_system().umask.exchange(arguments.uint32(0) & 0777)};
}

}  // namespace strongroom::kernel
