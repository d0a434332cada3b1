// poll(2)
#include "kernel/syscall/poll_descriptors.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_poll(const SyscallArguments& arguments) {
  return poll_descriptors(arguments[0], arguments.uint32(1), Timeout::milliseconds(arguments.int32(2)));
}

}  // namespace strongroom::kernel
