// set_tid_address(2).
#include "kernel/syscall/table.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

SyscallResult sys_set_tid_address(const SyscallArguments& arguments) {
  current_thread().clear_child_tid = arguments[0];
  return static_cast<uint64_t>(current_thread().id);
}

}  // namespace strongroom::kernel
