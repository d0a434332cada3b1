// From the number in rax to the function that serves it.
#pragma once

#include "kernel/trap_frame.h"

namespace strongroom::kernel {

// Yields what rax becomes: a value or a negated errno. An unknown number yields -ENOSYS, and is named once
// under `--trace`.
uint64_t dispatch_syscall(TrapFrame& frame);

}  // namespace strongroom::kernel
