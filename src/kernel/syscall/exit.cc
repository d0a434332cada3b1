// exit(2): the calling thread ends; the last one ends the program.
#include "kernel/syscall/table.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

SyscallResult sys_exit(const SyscallArguments& arguments) {
  end_thread(arguments.int32(0));
}

}  // namespace strongroom::kernel
