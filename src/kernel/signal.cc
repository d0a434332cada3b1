#include "kernel/signal.h"

#include "kernel/futex.h"
#include "kernel/host_call.h"
#include "kernel/lock.h"
#include "kernel/port/port.h"
#include "kernel/signal_frame.h"
#include "kernel/text.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

// Sent to the process: whichever thread does not block them takes them. Known to sgx_entry.S.
extern "C" {
constinit std::atomic<uint64_t> strongroom_process_signals{0};
}

namespace {

constexpr uint64_t kSaRestart = 0x10000000, kSaNoDefer = 0x40000000, kSaResetHandler = 0x80000000;
constexpr uint64_t kUnblockable = 1ull << (kSigKill - 1) | 1ull << (kSigStop - 1);

constinit Mutex mutex;
constinit SignalAction actions[kSignalCount + 1];
constexpr uint64_t bit_of(int signal) {
  return 1ull << (signal - 1);
}

bool ignored_by_default(int signal) {
  return signal == 17 || signal == 18 || signal == 23 || signal == 28;  // CHLD, CONT, URG, WINCH
}

bool is_ignored(int signal) {
  const uint64_t handler = signal_action(signal).handler;
  return handler == kHandlerIgnore || (handler == kHandlerDefault && ignored_by_default(signal));
}

bool takes(const Thread& thread, uint64_t signals) {
  return ((~thread.signal_mask.load() | thread.awaited_signals.load()) & signals) != 0;
}

void wake_for_signal(Thread& thread) {
  if (&thread == &current_thread()) return;
  futex_interrupt(thread);
  port::unpark(thread);
}

// Wakes a thread that takes one of the process's `signals`; the calling one is awake.
void wake_taker(uint64_t signals) {
  if (takes(current_thread(), signals)) return;
  if (Thread* thread = find_thread([signals](const Thread& other) { return takes(other, signals); }))
    wake_for_signal(*thread);
}

// Makes the thread go on in the handler, when it is back in the program.
bool enter_handler(TrapFrame& frame, int signal, const SignalAction& action, const SignalInfo& info,
                   uint64_t restart) {
  if (!push_signal_frame(frame, action, info, restart)) return false;
  std::atomic<uint64_t>& mask = current_thread().signal_mask;
  mask |= action.mask & ~kUnblockable;
  if ((action.flags & kSaNoDefer) == 0) mask |= bit_of(signal);
  if ((action.flags & kSaResetHandler) != 0) set_signal_action(signal, {});
  return true;
}

}  // namespace

void end_by_signal(int signal, uint64_t address) {
  Text<96> text;
  if (signal == kSigAbort)
    text.add("the program called abort()");
  else
    text.add("the program ended by signal ").decimal(static_cast<uint64_t>(signal));
  abort_enclave(AbortCause::kProgramAbort, text.view(), address, kNoAccessAddress, signal);
}

SignalInfo information_of(int signal) {
  SignalInfo info{};
  info.number = signal;
  info.code = -6;  // SI_TKILL
  info.address = 1;
  return info;
}

SignalAction signal_action(int signal) {
  MutexLock lock(mutex);
  return actions[signal];
}

void set_signal_action(int signal, const SignalAction& action) {
  MutexLock lock(mutex);
  actions[signal] = action;
}

void send_signal(Thread& thread, int signal) {
  if (takes(thread, bit_of(signal)) && (thread.awaited_signals.load() & bit_of(signal)) == 0 &&
      is_ignored(signal))
    return;
  thread.pending_signals |= bit_of(signal);
  wake_for_signal(thread);
}

void send_process_signal(int signal) {
  strongroom_process_signals |= bit_of(signal);
  wake_taker(bit_of(signal));
}

void raise_signal(int signal) {
  send_signal(current_thread(), signal);
}

uint64_t pending_signals() {
  return current_thread().pending_signals.load() | strongroom_process_signals.load();
}

bool signal_pending() {
  return (pending_signals() & ~current_thread().signal_mask.load()) != 0;
}

int take_signal(uint64_t wanted) {
  for (std::atomic<uint64_t>* pending : {&current_thread().pending_signals, &strongroom_process_signals}) {
    while (const uint64_t ready = pending->load() & wanted) {
      const uint64_t lowest = ready & (~ready + 1);
      if ((pending->fetch_and(~lowest) & lowest) != 0) return __builtin_ctzll(lowest) + 1;
    }
  }
  return 0;
}

void set_signal_mask(uint64_t mask) {
  current_thread().signal_mask = mask & ~kUnblockable;
  // What this thread takes no more may have been meant for it.
  if (const uint64_t waiting = strongroom_process_signals.load() & mask) wake_taker(waiting);
}

void set_signal_mask_for_call(uint64_t mask) {
  Thread& thread = current_thread();
  if (!thread.has_mask_to_restore) thread.mask_to_restore = thread.signal_mask.load();
  thread.has_mask_to_restore = true;
  set_signal_mask(mask);
}

Errno sleep_until_signal() {
  while (!signal_pending()) port::park(current_thread(), -1);
  return Errno::kRestartUnlessHandled;
}

bool deliver_signals(TrapFrame& frame, uint64_t restart) {
  Thread& thread = current_thread();
  bool delivered = false;
  while (const int signal = take_signal(~thread.signal_mask.load())) {
    if (is_ignored(signal) && signal != kSigKill && signal != kSigStop) continue;
    const SignalAction action = signal_action(signal);
    if (action.handler == kHandlerDefault || signal == kSigKill || signal == kSigStop)
      end_by_signal(signal, frame.rip);
    const uint64_t again = (action.flags & kSaRestart) != 0 ? restart : kNoRestart;
    if (!enter_handler(frame, signal, action, information_of(signal), again))
      end_by_signal(kSigSegv, frame.rip);
    restart = kNoRestart;  // the handlers that come on top return to the first one
    delivered = true;
  }
  if (thread.has_mask_to_restore) set_signal_mask(thread.mask_to_restore);
  thread.has_mask_to_restore = false;
  return delivered;
}

bool deliver_fault(TrapFrame& frame, int signal, int code, uint64_t address) {
  const SignalAction action = signal_action(signal);
  if (action.handler == kHandlerDefault || action.handler == kHandlerIgnore) return false;
  if ((current_thread().signal_mask & bit_of(signal)) != 0) return false;
  SignalInfo info{};
  info.number = signal;
  info.code = code;
  info.address = address;
  return enter_handler(frame, signal, action, info, kNoRestart);
}

}  // namespace strongroom::kernel
