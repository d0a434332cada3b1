// What the kernel puts on the program's stack for a signal handler, and takes back when the handler returns.
#pragma once

#include <cstdint>

#include "kernel/signal.h"
#include "kernel/trap_frame.h"

namespace strongroom::kernel {

inline constexpr uint64_t kNoRestart = UINT64_MAX;

// Saves the registers on the program's stack and points the frame at the handler. `restart`: the number of
// the system call that is made again when the handler returns, or kNoRestart. False where the stack cannot
// take it.
bool push_signal_frame(TrapFrame& frame, const SignalAction& action, const SignalInfo& info,
                       uint64_t restart);

// rt_sigreturn: takes back what push_signal_frame() saved; ends the enclave where that is damaged. True when
// the frame's system call is to be made again.
bool return_from_signal(TrapFrame& frame);

}  // namespace strongroom::kernel
