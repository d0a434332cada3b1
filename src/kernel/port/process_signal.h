// Faults and trapped system calls of the port "process" arrive as Linux signals, on the thread's kernel
// stack.
#pragma once

#include "kernel/thread.h"

namespace strongroom::kernel::port::process {

// Once: takes SIGSYS and the fault signals. False on failure.
bool install_handlers();
// Each thread: signals run on its kernel stack, and system calls outside the kernel's own code become SIGSYS
// (Syscall User Dispatch). False on failure.
bool enable_traps(const Thread& thread);

}  // namespace strongroom::kernel::port::process
