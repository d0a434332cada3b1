#include "kernel/signal_frame.h"

#include <cstddef>

#include "kernel/port/port.h"
#include "kernel/processor.h"
#include "kernel/thread.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kSaOnStack = 0x08000000;
constexpr int32_t kStackDisable = 2;

// struct ucontext of the x86-64 kernel ABI (arch/x86/include/uapi/asm/sigcontext.h and ucontext.h).
struct SignalContext {
  uint64_t flags, link;
  uint64_t stack_base;
  int32_t stack_flags, padding;
  uint64_t stack_size;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
  uint64_t segments, error, trap, old_mask, address, floating_point;
  // In bytes that Linux reserves: the call to make again when the handler returns, plus one, and where.
  uint64_t restart, restart_rip;
  uint64_t reserved[6];
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

}  // namespace

bool push_signal_frame(TrapFrame& frame, const SignalAction& action, const SignalInfo& info,
                       uint64_t restart) {
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
  c.mask = thread.has_mask_to_restore ? thread.mask_to_restore : thread.signal_mask.load();
  thread.has_mask_to_restore = false;
  if (restart != kNoRestart) {
    c.rax = restart;
    c.restart = restart + 1;
    c.restart_rip = frame.rip;
  }
  out.info = info;
  if (!copy_to_user(at, &out, sizeof out).ok()) return false;

  frame.rip = action.handler;
  frame.rsp = at;
  frame.rdi = static_cast<uint64_t>(info.number);
  frame.rsi = at + offsetof(SignalFrame, info);
  frame.rdx = at + offsetof(SignalFrame, context);
  frame.rax = 0;
  frame.rflags &= ~uint64_t{0x500};  // DF and TF
  return true;
}

bool return_from_signal(TrapFrame& frame) {
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
  set_signal_mask(c.mask);
  // A handler that moved the program elsewhere has given the call up.
  return c.restart != 0 && c.restart == c.rax + 1 && c.restart_rip == c.rip;
}

}  // namespace strongroom::kernel
