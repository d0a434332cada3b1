#include "kernel/signal.h"

#include "kernel/futex.h"
#include "kernel/host_call.h"
#include "kernel/lock.h"
#include "kernel/port/port.h"
#include "kernel/processor.h"
#include "kernel/text.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kSaOnStack = 0x08000000, kSaNoDefer = 0x40000000, kSaResetHandler = 0x80000000;
constexpr int32_t kStackDisable = 2;
constexpr uint64_t kUnblockable = 1ull << (kSigKill - 1) | 1ull << (kSigStop - 1);

constinit Mutex mutex;
constinit SignalAction actions[kSignalCount + 1];

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

// struct ucontext of the x86-64 kernel ABI (arch/x86/include/uapi/asm/sigcontext.h and ucontext.h).
struct SignalContext {
  uint64_t flags, link;
  uint64_t stack_base;
  int32_t stack_flags, padding;
  uint64_t stack_size;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
  uint64_t segments, error, trap, old_mask, address, floating_point;
  uint64_t reserved[8];
  uint64_t mask;
};
static_assert(sizeof(SignalContext) == 304);

// What lies at the handler's stack pointer: its return address first.
struct SignalFrame {
  uint64_t restorer;
  SignalContext context;
  SignalInfo info;
};

// The extended state is saved by XSAVE with these components: x87, SSE, AVX, AVX-512.
constexpr uint32_t kExtendedState = 0xe7;
constexpr uint64_t kExtendedStateSize = kLargestExtendedState;
constexpr uint64_t kRedZone = 128;

bool ignored_by_default(int signal) {
  return signal == 17 || signal == 18 || signal == 23 || signal == 28;  // CHLD, CONT, URG, WINCH
}

[[noreturn]] void end_by_signal(int signal, uint64_t address) {
  Text<96> text;
  if (signal == kSigAbort)
    text.add("the program called abort()");
  else
    text.add("the program ended by signal ").decimal(static_cast<uint64_t>(signal));
  abort_enclave(AbortCause::kProgramAbort, text.view(), address, static_cast<uint64_t>(signal));
}

// Bytes 464 to 511 of an XSAVE area belong to software; the host's operating system keeps notes there.
constexpr size_t kSoftwareBegin = 464, kSoftwareEnd = 512;

void copy_extended_state(uint8_t* to, const uint8_t* from, size_t size) {
  __builtin_memcpy(to, from, kSoftwareBegin);
  __builtin_memcpy(to + kSoftwareEnd, from + kSoftwareEnd, size - kSoftwareEnd);
}

// Saves the program's x87 and vector registers, which the kernel itself never touches, on the program's
// stack.
bool save_extended_state(uint64_t address) {
  if (!zero_user(address, kExtendedStateSize).ok()) return false;
  const Thread& thread = current_thread();
  auto* area = reinterpret_cast<uint8_t*>(address);
  if (thread.extended_state != nullptr)
    copy_extended_state(area, thread.extended_state, thread.extended_state_size);
  else
    asm volatile("xsave64 (%0)" : : "r"(area), "a"(kExtendedState), "d"(0) : "memory");
  return true;
}

// XRSTOR faults on state that is not well formed (Intel SDM volume 1, section 13.8.1), and the program may
// have changed it.
bool is_restorable(const uint8_t* area) {
  constexpr size_t kMxcsr = 24, kHeader = 512, kHeaderEnd = 576;
  uint64_t components;
  uint32_t mxcsr;
  __builtin_memcpy(&components, area + kHeader, sizeof components);
  __builtin_memcpy(&mxcsr, area + kMxcsr, sizeof mxcsr);
  const uint64_t known = kExtendedState & processor::extended_components();
  if ((components & ~known) != 0 || mxcsr > 0xffff) return false;
  for (size_t i = kHeader + sizeof components; i < kHeaderEnd; ++i)
    if (area[i] != 0) return false;
  return true;
}

void restore_extended_state(uint64_t address) {
  alignas(64) uint8_t area[kExtendedStateSize];  // a copy: what was checked is what is restored
  if (!copy_from_user(area, address, sizeof area).ok() || !is_restorable(area))
    end_by_signal(kSigSegv, address);
  const Thread& thread = current_thread();
  if (thread.extended_state != nullptr)
    copy_extended_state(thread.extended_state, area, thread.extended_state_size);
  else
    asm volatile("xrstor64 (%0)" : : "r"(area), "a"(kExtendedState), "d"(0) : "memory");
}

// Puts a frame on the program's stack and points the registers at the handler.
bool push_frame(TrapFrame& frame, const SignalAction& action, const SignalInfo& info) {
  Thread& thread = current_thread();
  const SignalStack& alternate = thread.signal_stack;
  const bool has_alternate = alternate.size != 0 && (alternate.flags & kStackDisable) == 0;
  const bool on_alternate = has_alternate && frame.rsp - alternate.base <= alternate.size;
  uint64_t top = frame.rsp - kRedZone;
  if ((action.flags & kSaOnStack) != 0 && has_alternate && !on_alternate)
    top = alternate.base + alternate.size;
  const uint64_t extended = (top - kExtendedStateSize) & ~uint64_t{63};
  const uint64_t at = ((extended - sizeof(SignalFrame)) & ~uint64_t{15}) - 8;
  if (!save_extended_state(extended)) return false;

  SignalFrame out{};
  out.restorer = action.restorer;
  SignalContext& c = out.context;
  c.stack_base = alternate.base;
  c.stack_flags = alternate.size == 0 ? kStackDisable : alternate.flags;
  c.stack_size = alternate.size;
  c.r8 = frame.r8, c.r9 = frame.r9, c.r10 = frame.r10, c.r11 = frame.r11;
  c.r12 = frame.r12, c.r13 = frame.r13, c.r14 = frame.r14, c.r15 = frame.r15;
  c.rdi = frame.rdi, c.rsi = frame.rsi, c.rbp = frame.rbp, c.rbx = frame.rbx;
  c.rdx = frame.rdx, c.rax = frame.rax, c.rcx = frame.rcx, c.rsp = frame.rsp;
  c.rip = frame.rip, c.rflags = frame.rflags;
  c.error = frame.error, c.trap = static_cast<uint64_t>(frame.cause), c.address = frame.address;
  c.floating_point = extended;
  c.mask = thread.has_mask_to_restore ? thread.mask_to_restore : thread.signal_mask;
  thread.has_mask_to_restore = false;
  out.info = info;
  if (!copy_to_user(at, &out, sizeof out).ok()) return false;

  frame.rip = action.handler;
  frame.rsp = at;
  frame.rdi = static_cast<uint64_t>(info.number);
  frame.rsi = at + offsetof(SignalFrame, info);
  frame.rdx = at + offsetof(SignalFrame, context);
  frame.rax = 0;
  frame.rflags &= ~uint64_t{0x500};  // DF and TF
  thread.signal_mask |= action.mask & ~kUnblockable;
  if ((action.flags & kSaNoDefer) == 0) thread.signal_mask |= 1ull << (info.number - 1);
  if ((action.flags & kSaResetHandler) != 0) set_signal_action(info.number, {});
  return true;
}

}  // namespace

SignalAction signal_action(int signal) {
  MutexLock lock(mutex);
  return actions[signal];
}

void set_signal_action(int signal, const SignalAction& action) {
  MutexLock lock(mutex);
  actions[signal] = action;
}

void send_signal(Thread& thread, int signal) {
  thread.pending_signals.fetch_or(1ull << (signal - 1));
  if (&thread == &current_thread()) return;
  futex_interrupt(thread);
  port::unpark(thread);
}

void raise_signal(int signal) {
  send_signal(current_thread(), signal);
}

bool signal_pending() {
  const Thread& thread = current_thread();
  return (thread.pending_signals.load() & ~thread.signal_mask) != 0;
}

void set_signal_mask_for_call(uint64_t mask) {
  Thread& thread = current_thread();
  if (!thread.has_mask_to_restore) thread.mask_to_restore = thread.signal_mask;
  thread.has_mask_to_restore = true;
  thread.signal_mask = mask & ~kUnblockable;
}

void deliver_signals(TrapFrame& frame) {
  Thread& thread = current_thread();
  while (const uint64_t ready = thread.pending_signals.load() & ~(thread.signal_mask & ~kUnblockable)) {
    const int signal = __builtin_ctzll(ready) + 1;
    thread.pending_signals.fetch_and(~(1ull << (signal - 1)));
    const SignalAction action = signal_action(signal);
    if (action.handler == kHandlerIgnore || (action.handler == kHandlerDefault && ignored_by_default(signal)))
      continue;
    if (action.handler == kHandlerDefault || signal == kSigKill || signal == kSigStop)
      end_by_signal(signal, frame.rip);
    SignalInfo info{};
    info.number = signal;
    info.code = -6;  // SI_TKILL
    info.address = 1;
    if (!push_frame(frame, action, info)) end_by_signal(kSigSegv, frame.rip);
  }
  if (thread.has_mask_to_restore) thread.signal_mask = thread.mask_to_restore;
  thread.has_mask_to_restore = false;
}

bool deliver_fault(TrapFrame& frame, int signal, int code, uint64_t address) {
  const SignalAction action = signal_action(signal);
  if (action.handler == kHandlerDefault || action.handler == kHandlerIgnore) return false;
  if ((current_thread().signal_mask & 1ull << (signal - 1)) != 0) return false;
  SignalInfo info{};
  info.number = signal;
  info.code = code;
  info.address = address;
  return push_frame(frame, action, info);
}

void return_from_signal(TrapFrame& frame) {
  Thread& thread = current_thread();
  SignalContext c;
  // The handler's `ret` has taken the restorer off the stack.
  if (!copy_from_user(&c, frame.rsp, sizeof c).ok()) end_by_signal(kSigSegv, frame.rip);
  restore_extended_state(c.floating_point);
  frame.r8 = c.r8, frame.r9 = c.r9, frame.r10 = c.r10, frame.r11 = c.r11;
  frame.r12 = c.r12, frame.r13 = c.r13, frame.r14 = c.r14, frame.r15 = c.r15;
  frame.rdi = c.rdi, frame.rsi = c.rsi, frame.rbp = c.rbp, frame.rbx = c.rbx;
  frame.rdx = c.rdx, frame.rax = c.rax, frame.rcx = c.rcx, frame.rsp = c.rsp;
  frame.rip = c.rip;
  constexpr uint64_t kProgramFlags = 0xdd5;  // CF PF AF ZF SF TF DF OF
  frame.rflags = (frame.rflags & ~kProgramFlags) | (c.rflags & kProgramFlags);
  thread.signal_mask = c.mask & ~kUnblockable;
}

}  // namespace strongroom::kernel
