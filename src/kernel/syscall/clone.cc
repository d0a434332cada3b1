// clone(2), for threads.
#include "kernel/clone.h"

#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_clone(const SyscallArguments& arguments) {
  constexpr uint64_t kExitSignal = 0xff;
  return clone_thread({.flags = arguments[0] & ~kExitSignal,
                       .stack_top = arguments[1],
                       .parent_tid = arguments[2],
                       .child_tid = arguments[3],
                       .tls = arguments[4]});
}

}  // namespace strongroom::kernel
