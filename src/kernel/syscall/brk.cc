// brk(2): yields where the heap ends now, changed or not.
#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_brk(const SyscallArguments& arguments) {
  return set_break(arguments[0]);
}

}  // namespace strongroom::kernel
