// What every entry into the kernel comes to.
#pragma once

#include "kernel/trap_frame.h"

namespace strongroom::kernel {

// Serves the system call in the frame, then delivers signals.
void handle_syscall(TrapFrame& frame);
// Serves a fault of the program or of the kernel's own accesses to its memory; ends the enclave, with a
// message, where there is no way to go on.
void handle_exception(TrapFrame& frame);

// The frame of the system call that the current thread is in, for calls that copy or change it (clone,
// rt_sigreturn).
TrapFrame& current_frame();

}  // namespace strongroom::kernel
