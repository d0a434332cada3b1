// creat(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_creat(const SyscallArguments& arguments) {
  constexpr uint64_t kFlags = O_CREAT | O_WRONLY | O_TRUNC;
  return sys_openat({{kWorkingDirectory, arguments[0], kFlags, arguments[1]}});
}

}  // namespace strongroom::kernel
