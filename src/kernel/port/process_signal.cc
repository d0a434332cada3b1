#include "kernel/port/process_signal.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "kernel/boot.h"
#include "kernel/port/process_syscall.h"
#include "kernel/trap.h"

namespace strongroom::kernel::port::process {
namespace {

constexpr int kFaultSignals[] = {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
constexpr int kUserDispatch = 2;  // SYS_USER_DISPATCH, linux/signal.h

// struct kernel_sigaction.
struct KernelAction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  const char* restorer;
  uint64_t mask;
};
constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER

// struct _fpx_sw_bytes (arch/x86/include/uapi/asm/sigcontext.h), at offset 464 of the saved floating-point
// state.
struct SoftwareBytes {
  uint32_t magic;
  uint32_t extended_size;
  uint64_t features;
  uint32_t state_size;
};
constexpr uint32_t kMagic = 0x46505853;
constexpr size_t kSoftwareBytesOffset = 464;

TrapFrame to_frame(const gregset_t& g) {
  const auto at = [&](int index) { return static_cast<uint64_t>(g[index]); };
  return {.r15 = at(REG_R15),
          .r14 = at(REG_R14),
          .r13 = at(REG_R13),
          .r12 = at(REG_R12),
          .r11 = at(REG_R11),
          .r10 = at(REG_R10),
          .r9 = at(REG_R9),
          .r8 = at(REG_R8),
          .rbp = at(REG_RBP),
          .rdi = at(REG_RDI),
          .rsi = at(REG_RSI),
          .rdx = at(REG_RDX),
          .rcx = at(REG_RCX),
          .rbx = at(REG_RBX),
          .rax = at(REG_RAX),
          .cause = static_cast<TrapCause>(at(REG_TRAPNO)),
          .error = at(REG_ERR),
          .address = at(REG_CR2),
          .rip = at(REG_RIP),
          .rflags = at(REG_EFL),
          .rsp = at(REG_RSP)};
}

void from_frame(gregset_t& g, const TrapFrame& frame) {
  const auto put = [&](int index, uint64_t value) { g[index] = static_cast<greg_t>(value); };
  put(REG_R15, frame.r15), put(REG_R14, frame.r14), put(REG_R13, frame.r13), put(REG_R12, frame.r12);
  put(REG_R11, frame.r11), put(REG_R10, frame.r10), put(REG_R9, frame.r9), put(REG_R8, frame.r8);
  put(REG_RBP, frame.rbp), put(REG_RDI, frame.rdi), put(REG_RSI, frame.rsi), put(REG_RDX, frame.rdx);
  put(REG_RCX, frame.rcx), put(REG_RBX, frame.rbx), put(REG_RAX, frame.rax), put(REG_RIP, frame.rip);
  put(REG_EFL, frame.rflags), put(REG_RSP, frame.rsp);
}

}  // namespace

extern "C" void strongroom_process_handle_signal(int signal, siginfo_t* info, void* context) {
  // Only the machine's kernel can give a code above 0; what other processes send is dropped.
  if (info->si_code <= 0) return;
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
  Thread& thread = current_thread();
  uint8_t* outer_state = thread.extended_state;
  const uint64_t outer_size = thread.extended_state_size;
  thread.extended_state = reinterpret_cast<uint8_t*>(machine.fpregs);
  const auto* software = reinterpret_cast<const SoftwareBytes*>(thread.extended_state + kSoftwareBytesOffset);
  const uint64_t size = software->magic == kMagic ? software->state_size : 512;
  thread.extended_state_size = size < kLargestExtendedState ? size : kLargestExtendedState;

  TrapFrame frame = to_frame(machine.gregs);
  if (signal == SIGSYS && info->si_code == kUserDispatch) {
    frame.cause = TrapCause::kSystemCall;
    handle_syscall(frame);
  } else {
    handle_exception(frame);
  }
  from_frame(machine.gregs, frame);
  thread.extended_state = outer_state;
  thread.extended_state_size = outer_size;
}

bool install_handlers() {
  KernelAction action{};
  action.handler = strongroom_process_signal;
  action.flags = static_cast<unsigned long>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER) | kRestorer;
  action.restorer = strongroom_process_restorer;
  for (const int signal : kFaultSignals)
    if (strongroom_process_syscall(SYS_rt_sigaction, static_cast<long>(signal), &action, nullptr, 8L) != 0)
      return false;
  return true;
}

bool enable_traps(const Thread& thread) {
  stack_t stack{};
  stack.ss_size = image_header().kernel_stack_stride - arch::kPageSize - kThreadAreaSize;
  stack.ss_sp = reinterpret_cast<void*>(thread.kernel_rsp - stack.ss_size);
  const auto begin = reinterpret_cast<long>(strongroom_text_start);
  const long size = strongroom_text_end - strongroom_text_start;
  return strongroom_process_syscall(SYS_sigaltstack, &stack, nullptr) == 0 &&
         strongroom_process_syscall(SYS_prctl, static_cast<long>(PR_SET_SYSCALL_USER_DISPATCH),
                                    static_cast<long>(PR_SYS_DISPATCH_ON), begin, size, 0L) == 0;
}

}  // namespace strongroom::kernel::port::process
