// What system calls need to know of signals.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// Sends a signal to the calling thread; it is delivered when the system call ends.
void raise_signal(int number);
// Whether a signal waits that the calling thread does not block: a call that would sleep returns instead.
// A signal sent to a sleeping thread makes its wait_on() return.
bool signal_pending();
// Replaces the calling thread's signal mask until its system call ends; the old mask comes back after a
// signal that is delivered under the new one (ppoll, pselect6, epoll_pwait).
void set_signal_mask_for_call(uint64_t mask);
// What a call returns that was interrupted before it did anything, and that SA_RESTART repeats.
inline Errno interrupted_call() {
  return Errno::kInterrupted;
}

}  // namespace strongroom::kernel
