#include "kernel/trap.h"

#include "kernel/boot.h"
#include "kernel/host_call.h"
#include "kernel/memory_map.h"
#include "kernel/port/port.h"
#include "kernel/port/vm_layout.h"
#include "kernel/resume.h"
#include "kernel/signal.h"
#include "kernel/signal_frame.h"
#include "kernel/syscall/dispatch.h"
#include "kernel/text.h"
#include "kernel/thread.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

bool in_kernel(uint64_t address) {
  const uint64_t offset = address - enclave_base();
  return offset >= image_header().kernel.offset &&
         offset - image_header().kernel.offset < image_header().kernel.size;
}

// A fault in one of the few instructions that touch the program's memory goes on at the fixup.
bool fix_user_access(TrapFrame& frame) {
  if (frame.rip != reinterpret_cast<uint64_t>(strongroom_user_copy_instruction) &&
      frame.rip != reinterpret_cast<uint64_t>(strongroom_user_zero_instruction) &&
      frame.rip != reinterpret_cast<uint64_t>(strongroom_user_exchange_instruction))
    return false;
  frame.rip = reinterpret_cast<uint64_t>(strongroom_user_access_fixup);
  return true;
}

// Whether the processor, or what watches over it, refused the two-byte instruction 0F `opcode`.
bool is_refused(const TrapFrame& frame, uint8_t opcode) {
  if (frame.cause != TrapCause::kGeneralProtection && frame.cause != TrapCause::kInvalidOpcode) return false;
  uint8_t instruction[2];
  return copy_from_user(instruction, frame.rip, sizeof instruction).ok() && instruction[0] == 0x0f &&
         instruction[1] == opcode;
}

void answer_cpuid(TrapFrame& frame) {
  const processor::Cpuid answer =
      port::cpuid(static_cast<uint32_t>(frame.rax), static_cast<uint32_t>(frame.rcx));
  frame.rax = answer.a;
  frame.rbx = answer.b;
  frame.rcx = answer.c;
  frame.rdx = answer.d;
}

// CPUID faults where the TEE does not let it through; the port knows the answer.
bool emulate_cpuid(TrapFrame& frame) {
  if (!is_refused(frame, 0xa2)) return false;
  answer_cpuid(frame);
  frame.rip += 2;
  return true;
}

// RDTSC faults where the host forbids it to processes (CR4.TSD), and in SGX1. Any clock that only goes
// forward will do.
bool emulate_timestamp(TrapFrame& frame) {
  if (port::kind() != port::Kind::kSgx || !is_refused(frame, 0x31)) return false;
  const auto ticks = static_cast<uint64_t>(port::clock(false));
  frame.rax = static_cast<uint32_t>(ticks);
  frame.rdx = ticks >> 32;
  frame.rip += 2;
  return true;
}

// In an SGX enclave SYSCALL is an invalid instruction.
bool is_refused_system_call(const TrapFrame& frame) {
  return port::kind() == port::Kind::kSgx && frame.cause == TrapCause::kInvalidOpcode &&
         is_refused(frame, 0x05);
}

// A hypervisor that runs ring 0 in software may go to LSTAR without leaving ring 3, where the page cannot be
// executed. The registers are as SYSCALL left them: the program's rip in rcx, its flags in r11.
bool is_system_call_without_ring0(const TrapFrame& frame) {
  return port::kind() == port::Kind::kVm && frame.cause == TrapCause::kPageFault &&
         frame.rip == frame.address && frame.rip == vm_block(current_thread().slot);
}

struct Fault {
  AbortCause cause;
  int signal;
  int code;  // si_code
  std::string_view message;
};

Fault describe(const TrapFrame& frame) {
  switch (frame.cause) {
    case TrapCause::kDivideError:
      return {AbortCause::kArithmetic, kSigFpe, 1, "integer division error"};
    case TrapCause::kBreakpoint:
    case TrapCause::kDebug:
      return {AbortCause::kBreakpoint, kSigTrap, 128, "breakpoint"};
    case TrapCause::kInvalidOpcode:
      return {AbortCause::kInvalidInstruction, kSigIll, 2, "invalid instruction"};
    case TrapCause::kFloatingPoint:
    case TrapCause::kSimdFloatingPoint:
      return {AbortCause::kArithmetic, kSigFpe, 3, "floating-point exception"};
    case TrapCause::kAlignmentCheck:
      return {AbortCause::kInvalidAccess, kSigBus, 1, "unaligned access"};
    case TrapCause::kPageFault:
      break;
    default:
      return {AbortCause::kInvalidAccess, kSigSegv, 128, "general protection fault"};
  }
  if (is_stack_guard(frame.address)) return {AbortCause::kStackOverflow, kSigSegv, 2, "stack overflow"};
  Region region;
  const int code = find_region(frame.address, region) ? 2 : 1;  // SEGV_ACCERR, SEGV_MAPERR
  // Of code that is there: so says a hypervisor that has to carry out the instruction and cannot read it.
  if ((frame.error & kFaultFetch) != 0 && code == 2 && (region.protection & arch::kExecute) != 0)
    return {AbortCause::kInvalidAccess, kSigSegv, code, "access to an address that is no memory"};
  if ((frame.error & kFaultFetch) != 0)
    return {AbortCause::kInvalidAccess, kSigSegv, code, "jump to an invalid address"};
  if ((frame.error & kFaultWrite) != 0)
    return {AbortCause::kInvalidAccess, kSigSegv, code, "write to an invalid address"};
  return {AbortCause::kInvalidAccess, kSigSegv, code, "read of an invalid address"};
}

bool is_program_code(uint64_t address) {
  Region region;
  return find_region(address, region) && region.kind == RegionKind::kProgram &&
         (region.protection & arch::kExecute) != 0;
}

// Where a fault came from, for the report. An address without code says nothing, but a call that went astray
// has left its return address on the stack.
uint64_t origin(const TrapFrame& frame) {
  uint64_t caller;
  if (is_program_code(frame.rip)) return frame.rip;
  if (copy_from_user(&caller, frame.rsp, sizeof caller).ok() && is_program_code(caller)) return caller;
  return 0;
}

// Makes the call until it has an answer, or was interrupted by a signal that the program handles.
void make_syscall(TrapFrame& frame) {
  const Thread& thread = current_thread();
  const uint64_t number = frame.rax;
  for (;;) {
    SyscallResult result = dispatch_syscall(frame);
    const Errno error = result.error();
    const bool interrupted = error == Errno::kRestart || error == Errno::kRestartUnlessHandled;
    const auto negated = -static_cast<int64_t>(interrupted ? Errno::kInterrupted : error);
    frame.rax = result.ok() ? result.value() : static_cast<uint64_t>(negated);
    bool handled = false;
    if (thread.has_mask_to_restore || signal_pending())
      handled = deliver_signals(frame, error == Errno::kRestart ? number : kNoRestart);
    if (handled || !interrupted) return;
    frame.rax = number;
  }
}

}  // namespace

TrapFrame& current_frame() {
  return *current_thread().frame;
}

void handle_syscall(TrapFrame& frame) {
  constexpr uint64_t kSigreturn = 15;  // takes the place of the whole frame, rax among it
  current_thread().frame = &frame;
  if (frame.rax != kSigreturn || return_from_signal(frame))
    make_syscall(frame);
  else if (signal_pending())
    deliver_signals(frame, kNoRestart);
}

void handle_exception(TrapFrame& frame) {
  if (port::resolve_fault(frame)) return;
  if (in_kernel(frame.rip)) {
    if (fix_user_access(frame)) return;
    if (frame.rip == reinterpret_cast<uint64_t>(strongroom_vm_flush_instruction) &&
        port::kind() == port::Kind::kVm) {
      frame.rip += 2;
      return;
    }
    abort_enclave(AbortCause::kKernelDefect, "fault in the enclave kernel", frame.rip, frame.address);
  }
  if (is_system_call_without_ring0(frame)) {
    frame.cause = TrapCause::kSystemCall;
    frame.rip = frame.rcx;
    frame.rflags = frame.r11;
    return handle_syscall(frame);
  }
  if (emulate_cpuid(frame) || emulate_timestamp(frame)) return;
  if (is_refused_system_call(frame)) {
    frame.cause = TrapCause::kSystemCall;
    frame.rip += 2;
    frame.rcx = frame.rip;
    frame.r11 = frame.rflags;
    return handle_syscall(frame);
  }
  const Fault fault = describe(frame);
  const bool has_address = frame.cause == TrapCause::kPageFault;
  if (deliver_fault(frame, fault.signal, fault.code, has_address ? frame.address : frame.rip)) return;
  abort_enclave(fault.cause, fault.message, origin(frame), has_address ? frame.address : kNoAccessAddress,
                fault.signal);
}

}  // namespace strongroom::kernel

extern "C" {
void strongroom_handle_syscall(strongroom::kernel::TrapFrame* frame) {
  strongroom::kernel::handle_syscall(*frame);
}
void strongroom_handle_cpuid(strongroom::kernel::TrapFrame* frame) {
  strongroom::kernel::answer_cpuid(*frame);
}
void strongroom_handle_exception(strongroom::kernel::TrapFrame* frame) {
  strongroom::kernel::handle_exception(*frame);
}
}
