// From the number in rax to the function that serves it.
#pragma once

#include "kernel/syscall/syscall.h"
#include "kernel/trap_frame.h"

namespace strongroom::kernel {

// Makes the call that the frame's registers ask for. An unknown number yields ENOSYS, and is named once under
// `--trace`.
SyscallResult dispatch_syscall(const TrapFrame& frame);

}  // namespace strongroom::kernel
