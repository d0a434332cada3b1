// ppoll(2)
#include "kernel/syscall/poll_descriptors.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_ppoll(const SyscallArguments& arguments) {
  const Timeout timeout = KTRY(Timeout::read_timespec(arguments[2]));
  KTRY(use_signal_mask(arguments[3], arguments[4]));
  return poll_descriptors(arguments[0], arguments.uint32(1), timeout);
}

}  // namespace strongroom::kernel
