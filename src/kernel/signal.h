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
                     kSigSegv = 11, kSigPipe = 13, kSigAlarm = 14, kSigStop = 19;

// struct kernel_sigaction of x86-64.
struct SignalAction {
  uint64_t handler;  // 0: default, 1: ignore
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};
inline constexpr uint64_t kHandlerDefault = 0, kHandlerIgnore = 1;

// struct siginfo, as much as is filled in.
struct SignalInfo {
  int32_t number;
  int32_t error;
  int32_t code;
  int32_t padding;
  uint64_t address;  // faults; for raised signals the process and user id stand here
  uint8_t rest[104];
};
static_assert(sizeof(SignalInfo) == 128);

SignalAction signal_action(int signal);
void set_signal_action(int signal, const SignalAction& action);

// Makes a signal pending for a thread, and wakes it from an interruptible sleep. It is delivered when the
// thread next leaves the kernel. One that the thread ignores is forgotten.
void send_signal(Thread& thread, int signal);
// To the process: delivered to one thread that does not block it.
void send_process_signal(int signal);
// To the calling thread.
void raise_signal(int signal);

// The signals that wait for the calling thread, blocked ones among them: bit 0 is signal 1.
uint64_t pending_signals();
// Whether a signal waits that the calling thread does not block: a call that would sleep returns instead. A
// signal sent to a sleeping thread makes its wait_on() return.
bool signal_pending();
// Takes one of `wanted` that waits, without delivering it; 0 where none does.
int take_signal(uint64_t wanted);
// What a handler, or sigtimedwait(2), learns of it.
SignalInfo information_of(int signal);

// The calling thread's signal mask; KILL and STOP are never in it.
void set_signal_mask(uint64_t mask);
// Replaces it until the system call ends; the old mask comes back after a signal that is delivered under the
// new one (ppoll, pselect6, epoll_pwait, rt_sigsuspend).
void set_signal_mask_for_call(uint64_t mask);

// Sleeps until a signal waits that the thread does not block; yields what the call returns (pause,
// rt_sigsuspend).
Errno sleep_until_signal();

// What a call returns that was interrupted before it did anything. It is made again after a handler with
// SA_RESTART; the program sees EINTR after another.
inline Errno interrupted_call() {
  return Errno::kRestart;
}

// On the way back to the program from a system call: runs the handlers of pending, unblocked signals by
// changing the frame, or ends the enclave where the default action is to end. `restart`: as in
// push_signal_frame(), for a handler with SA_RESTART. Yields whether there was a handler to run.
bool deliver_signals(TrapFrame& frame, uint64_t restart);

// A fault of the program: runs its handler for `signal` if it has one and does not block it; false otherwise.
bool deliver_fault(TrapFrame& frame, int signal, int code, uint64_t address);

// Ends the enclave as a signal without handler ends a process.
[[noreturn]] void end_by_signal(int signal, uint64_t address);

}  // namespace strongroom::kernel
