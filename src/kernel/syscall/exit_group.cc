// exit_group(2): the program ends.
#include "kernel/host_call.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_exit_group(const SyscallArguments& arguments) {
  exit_enclave(arguments.int32(0));
}

}  // namespace strongroom::kernel
