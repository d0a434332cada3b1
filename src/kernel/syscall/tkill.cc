// tkill(2).
#include "kernel/signal_target.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_tkill(const SyscallArguments& arguments) {
  return signal_thread(arguments.int32(0), arguments.int32(1));
}

}  // namespace strongroom::kernel
