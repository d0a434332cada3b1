// Signals: the program's handlers, and what happens where there are none. All signals come from inside the
// enclave; a host cannot send any.
#pragma once

#include <cstdint>

#include "kernel/host_interface.h"
#include "kernel/result.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

inline constexpr int kSignalCount = 64;
inline constexpr int kSigIll = 4, kSigTrap = 5, kSigAbort = 6, kSigBus = 7, kSigFpe = 8, kSigKill = 9,
                     kSigSegv = 11, kSigPipe = 13, kSigStop = 19;

// struct kernel_sigaction of x86-64.
struct SignalAction {
  uint64_t handler;  // 0: default, 1: ignore
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};
inline constexpr uint64_t kHandlerDefault = 0, kHandlerIgnore = 1;

SignalAction signal_action(int signal);
void set_signal_action(int signal, const SignalAction& action);

// Makes a signal pending for a thread, and wakes it from an interruptible sleep. It is delivered when the
// thread next leaves the kernel.
void send_signal(Thread& thread, int signal);
// To the calling thread.
void raise_signal(int signal);

// Whether a signal waits that the calling thread does not block: a call that would sleep returns instead. A
// signal sent to a sleeping thread makes its wait_on() return.
bool signal_pending();
// Replaces the calling thread's signal mask until its system call ends; the old mask comes back after a
// signal that is delivered under the new one (ppoll, pselect6, epoll_pwait).
void set_signal_mask_for_call(uint64_t mask);
// What a call returns that was interrupted before it did anything.
inline Errno interrupted_call() {
  return Errno::kInterrupted;
}

// On the way back to the program from a system call: runs the handlers of pending, unblocked signals by
// changing the frame, or ends the enclave where the default action is to end.
void deliver_signals(TrapFrame& frame);

// A fault of the program: runs its handler for `signal` if it has one and does not block it; false otherwise.
bool deliver_fault(TrapFrame& frame, int signal, int code, uint64_t address);

// rt_sigreturn: takes back what delivery put on the program's stack.
void return_from_signal(TrapFrame& frame);

}  // namespace strongroom::kernel
