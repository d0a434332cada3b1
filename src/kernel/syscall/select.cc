// select(2)
#include "kernel/syscall/select_descriptors.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_select(const SyscallArguments& arguments) {
  return select_descriptors(arguments, KTRY(Timeout::read_timeval(arguments[4])));
}

}  // namespace strongroom::kernel
