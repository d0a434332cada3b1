// faccessat(2)
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_faccessat(const SyscallArguments& arguments) {
  return sys_faccessat2({{arguments[0], arguments[1], arguments[2], 0}});
}

}  // namespace strongroom::kernel
