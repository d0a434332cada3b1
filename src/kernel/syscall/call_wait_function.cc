#include "kernel/port/port.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_call_wait_function(const SyscallArguments&) {
  const uint64_t address = port::call_wait_function();
  if (address == 0) return Errno::kNoSystemCall;
  return address;
}

}  // namespace strongroom::kernel
