// The program's own signal handlers. Every handler is installed behind the emulator's, which runs first, so
// that a signal inside an enclave becomes an asynchronous exit before the program sees it. The program's
// handler then runs where it would have run: on the thread's own stack, or on the signal stack that the
// program set.
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "preload/real.h"
#include "preload/signals.h"
#include "preload/trampoline.h"

namespace strongroom::sgx {
namespace {

constexpr int kSignals = 65;
std::array<struct sigaction, kSignals> actions;  // as the program set them
std::array<bool, kSignals> taken;                // handled by the emulator whatever the program wants

// The kernel's frame, up from the return address: arch/x86/include/asm/sigframe.h, struct rt_sigframe.
constexpr size_t kKernelContextSize = 304;
constexpr size_t kFrameSize = 8 + kKernelContextSize + sizeof(siginfo_t);
constexpr size_t kRedZone = 128;
constexpr uint32_t kExtendedMagic = 0x46505853;  // FP_XSTATE_MAGIC1
constexpr size_t kSoftwareBytes = 464;           // struct _fpx_sw_bytes in the FXSAVE area

size_t extended_frame_size(const ucontext_t& context) {
  const auto* const state = reinterpret_cast<const uint8_t*>(context.uc_mcontext.fpregs);
  uint32_t magic = 0;
  uint32_t size = 0;
  std::memcpy(&magic, state + kSoftwareBytes, sizeof(magic));
  std::memcpy(&size, state + kSoftwareBytes + 4, sizeof(size));
  return magic == kExtendedMagic ? size : kXsaveLegacySize;
}

struct sigaction wrapped(const struct sigaction& action) {
  struct sigaction out = action;
  out.sa_sigaction = sgxemu_signal_entry;
  out.sa_flags |= SA_SIGINFO | SA_ONSTACK;
  out.sa_flags &= ~(SA_RESETHAND | SA_NODEFER);
  sigfillset(&out.sa_mask);
  return out;
}

bool has_handler(const struct sigaction& action) {
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

uint64_t choose_stack(const struct sigaction& action, uint64_t rsp, const ThreadRecord& record) {
  if ((action.sa_flags & SA_ONSTACK) == 0) return rsp - kRedZone;
  const stack_t& stack = record.host_stack;
  const auto bottom = reinterpret_cast<uint64_t>(stack.ss_sp);
  if ((stack.ss_flags & SS_DISABLE) != 0 || rsp - bottom < stack.ss_size) return rsp - kRedZone;
  return bottom + stack.ss_size;
}

sigset_t mask_for(int signal, const struct sigaction& action, const sigset_t& old) {
  sigset_t out = old;
  sigorset(&out, &old, &action.sa_mask);
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&out, signal);
  return out;
}

// Copies the frame that this handler was called with to the program's stack, and returns into its handler.
void push_frame(int signal, const struct sigaction& action, siginfo_t& information, ucontext_t& context,
                const ThreadRecord& record) {
  const size_t extended_size = extended_frame_size(context);
  uint64_t top = choose_stack(action, static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RSP]), record);
  top = (top - extended_size) & ~uint64_t{63};
  std::memcpy(reinterpret_cast<void*>(top), context.uc_mcontext.fpregs, extended_size);
  const uint64_t extended = top;
  top = ((top - kFrameSize) & ~uint64_t{15}) - 8;

  auto* const frame = reinterpret_cast<uint8_t*>(top);
  const auto* const own = reinterpret_cast<const uint8_t*>(&context) - 8;  // from the return address on
  std::memcpy(frame, own, 8 + kKernelContextSize);
  std::memcpy(frame + 8 + kKernelContextSize, &information, sizeof(information));
  auto& pushed = *reinterpret_cast<ucontext_t*>(frame + 8);
  pushed.uc_mcontext.fpregs = reinterpret_cast<fpregset_t>(extended);

  const sigset_t mask = mask_for(signal, action, context.uc_sigmask);
  std::memcpy(&context.uc_sigmask, &mask, 8);  // the kernel's set has 64 bits
  greg_t* const registers = context.uc_mcontext.gregs;
  registers[REG_RSP] = static_cast<greg_t>(top);
  registers[REG_RIP] = reinterpret_cast<greg_t>(action.sa_sigaction);
  registers[REG_RAX] = 0;
  registers[REG_RDI] = signal;
  registers[REG_RSI] = static_cast<greg_t>(top + 8 + kKernelContextSize);
  registers[REG_RDX] = static_cast<greg_t>(top + 8);
  registers[REG_EFL] &= ~greg_t{kFlagDirection | kFlagTrap | kFlagResume};
}

// On the program's own stack this handler just calls the program's.
void call_handler(int signal, const struct sigaction& action, siginfo_t& information, ucontext_t& context) {
  const sigset_t mask = mask_for(signal, action, context.uc_sigmask);
  real::change_signal_mask(SIG_SETMASK, &mask, nullptr);
  action.sa_sigaction(signal, &information, &context);
}

void default_action(int signal, const siginfo_t& information) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  real::sigaction(signal, &action, nullptr);
  // A fault occurs again when the context is resumed; what was sent is sent again.
  if (information.si_code <= 0 || signal == SIGSYS)
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

}  // namespace

void take_over_signals() {
  for (const int signal : {SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGSYS, interrupt_signal()}) {
    auto& action = actions[static_cast<size_t>(signal)];
    real::sigaction(signal, nullptr, &action);
    taken[static_cast<size_t>(signal)] = true;
    const struct sigaction own = wrapped({});
    real::sigaction(signal, &own, nullptr);
  }
}

int set_action(int signal, const struct sigaction* action, struct sigaction* old) {
  if (signal <= 0 || signal >= kSignals || signal == SIGKILL || signal == SIGSTOP)
    return real::sigaction(signal, action, old) == 0 ? 0 : -errno;
  struct sigaction& own = actions[static_cast<size_t>(signal)];
  const bool behind = taken[static_cast<size_t>(signal)] || has_handler(own);
  const struct sigaction before = own;
  if (action != nullptr) {
    own = *action;
    const struct sigaction now =
        taken[static_cast<size_t>(signal)] || has_handler(*action) ? wrapped(*action) : *action;
    struct sigaction replaced;
    if (real::sigaction(signal, &now, &replaced) != 0) {
      own = before;
      return -errno;
    }
    if (old != nullptr) *old = behind ? before : replaced;
    return 0;
  }
  if (behind) {
    if (old != nullptr) *old = before;
    return 0;
  }
  return real::sigaction(signal, nullptr, old) == 0 ? 0 : -errno;
}

void deliver(int signal, siginfo_t& information, ucontext_t& context, const ThreadRecord* record) {
  struct sigaction& action = actions[static_cast<size_t>(signal)];
  const bool fault = information.si_code > 0;
  if (action.sa_handler == SIG_IGN && !fault) return;
  if (!has_handler(action)) return default_action(signal, information);
  const struct sigaction chosen = action;
  if ((action.sa_flags & SA_RESETHAND) != 0) action.sa_handler = SIG_DFL;
  if (record == nullptr) return call_handler(signal, chosen, information, context);
  push_frame(signal, chosen, information, context, *record);
}

bool has_program_handler(int signal) {
  return has_handler(actions[static_cast<size_t>(signal)]);
}

}  // namespace strongroom::sgx
