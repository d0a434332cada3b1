// What a signal means to the processor: an ENCLU to execute, a CPUID, an exception in an enclave, an
// interrupt.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "preload/machine.h"
#include "preload/step.h"
#include "preload/trampoline.h"

namespace strongroom::sgx {
namespace {

using arch::ExceptionVector;

constexpr int kTrapGeneralProtection = 13;
constexpr int kTrapPageFault = 14;
constexpr int kUserDispatch = 2;  // SYS_USER_DISPATCH

bool has_opcode(uint64_t rip, std::initializer_list<uint8_t> bytes) {
  return std::memcmp(reinterpret_cast<const void*>(rip), bytes.begin(), bytes.size()) == 0;
}

std::optional<Fault> simple_fault(ExceptionVector vector) {
  return Fault{.vector = vector};
}

int signal_for(ExceptionVector vector) {
  switch (vector) {
    case ExceptionVector::kDebug:
    case ExceptionVector::kBreakpoint:
      return SIGTRAP;
    case ExceptionVector::kInvalidOpcode:
      return SIGILL;
    case ExceptionVector::kDivideError:
    case ExceptionVector::kX87:
    case ExceptionVector::kSimd:
      return SIGFPE;
    case ExceptionVector::kAlignmentCheck:
      return SIGBUS;
    default:
      return SIGSEGV;
  }
}

enum class Kind { kException, kResolved, kInterrupt };

// What happened to the enclave; `fault` is set for exceptions. May move RIP to where the processor reports
// it.
Kind classify(ThreadRecord& record, int signal, const siginfo_t& information, ucontext_t& context,
              std::optional<Fault>& fault) {
  greg_t& rip = context.uc_mcontext.gregs[REG_RIP];
  const auto trap = context.uc_mcontext.gregs[REG_TRAPNO];
  if (information.si_code <= 0 && !(signal == SIGSYS && information.si_code == kUserDispatch))
    return Kind::kInterrupt;
  switch (signal) {
    case SIGSYS:
      rip -= 2;
      fault = simple_fault(ExceptionVector::kInvalidOpcode);
      return Kind::kException;
    case SIGILL:
      fault = simple_fault(ExceptionVector::kInvalidOpcode);
      return Kind::kException;
    case SIGTRAP:
      if (trap == 3) rip -= 1;  // in an enclave that no debugger opted in, INT3 is a fault
      fault = simple_fault(trap == 3 ? ExceptionVector::kBreakpoint : ExceptionVector::kDebug);
      return Kind::kException;
    case SIGFPE:
      fault = simple_fault(static_cast<ExceptionVector>(trap));
      return Kind::kException;
    case SIGSEGV:
    case SIGBUS:
      if (trap == kTrapPageFault) {
        fault = resolve_page_fault(record, static_cast<uint64_t>(context.uc_mcontext.gregs[REG_CR2]),
                                   static_cast<uint64_t>(context.uc_mcontext.gregs[REG_ERR]));
        return fault ? Kind::kException : Kind::kResolved;
      }
      // CPUID is illegal in enclaves, RDTSC in those of SGX1.
      if (trap == kTrapGeneralProtection &&
          (has_opcode(static_cast<uint64_t>(rip), {0x0f, 0xa2}) || is_timestamp(static_cast<uint64_t>(rip))))
        fault = simple_fault(ExceptionVector::kInvalidOpcode);
      else
        fault = Fault{static_cast<ExceptionVector>(trap),
                      static_cast<uint32_t>(context.uc_mcontext.gregs[REG_ERR]), 0};
      return Kind::kException;
    default:
      return Kind::kInterrupt;
  }
}

// Of an address in an enclave the host's kernel learns the page alone. Needs the lock.
void hide_offset(std::optional<Fault>& fault) {
  if (fault && find_device_at(fault->address) != nullptr) fault->address = visible_address(fault->address);
}

// The exception as the host's kernel sees it, after the asynchronous exit or at a failed EENTER.
void raise(int signal, const Fault& fault, siginfo_t& information, ucontext_t& context,
           const ThreadRecord* record) {
  Registers registers = get_registers(context);
  if (report_exception(registers, fault)) return set_registers(context, registers);
  information.si_signo = signal;
  information.si_addr =
      reinterpret_cast<void*>(fault.vector == ExceptionVector::kPageFault ? fault.address : registers.rip);
  context.uc_mcontext.gregs[REG_TRAPNO] = static_cast<greg_t>(fault.vector);
  context.uc_mcontext.gregs[REG_ERR] = fault.error_code;
  context.uc_mcontext.gregs[REG_CR2] = static_cast<greg_t>(fault.address);
  deliver(signal, information, context, record);
}

// `signal_stack`: the record as for deliver().
void run_enclu(ThreadRecord& record, siginfo_t& information, ucontext_t& context,
               const ThreadRecord* signal_stack) {
  using arch::Enclu;
  const auto leaf = static_cast<Enclu>(static_cast<uint32_t>(context.uc_mcontext.gregs[REG_RAX]));
  const auto target = static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RCX]);
  const bool changes_a_page =
      leaf == Enclu::kEaccept || leaf == Enclu::kEacceptcopy || leaf == Enclu::kEmodpe;
  std::optional<Fault> fault;
  {
    const HandlerLock lock;
    with_processor(record, context, [&](Execution& execution) { fault = execute_enclu(execution); });
    // EACCEPT, EACCEPTCOPY and EMODPE change what a page permits, which the page table does not know yet.
    if (changes_a_page && !fault) {
      const uint64_t at = visible_address(target);
      find_device_at(at)->apply_protection(at, at + arch::kPageSize);
    }
    hide_offset(fault);
  }
  if (fault) raise(signal_for(fault->vector), *fault, information, context, signal_stack);
}

void handle_in_enclave(ThreadRecord& record, int signal, siginfo_t& information, ucontext_t& context) {
  if (signal == SIGILL && information.si_code > 0 &&
      has_opcode(static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP]), {0x0f, 0x01, 0xd7}))
    return run_enclu(record, information, context, &record);
  std::optional<Fault> fault;
  {
    const HandlerLock lock;
    if (classify(record, signal, information, context, fault) == Kind::kResolved) return;
    with_processor(record, context, [&](Execution& execution) { leave_asynchronously(execution, fault); });
  }
  if (fault) return raise(signal_for(fault->vector), *fault, information, context, &record);
  if (signal != interrupt_signal()) deliver(signal, information, context, &record);
}

void handle_outside(ThreadRecord* record, int signal, siginfo_t& information, ucontext_t& context) {
  const auto rip = static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP]);
  const auto trap = context.uc_mcontext.gregs[REG_TRAPNO];
  if (signal == interrupt_signal() && information.si_code <= 0) return;
  if (signal == SIGSEGV && information.si_code > 0 && trap == kTrapGeneralProtection &&
      has_opcode(rip, {0x0f, 0xa2}))
    return emulate_cpuid(context);
  if (signal == SIGILL && information.si_code > 0 && is_replaced_cpuid(rip)) return emulate_cpuid(context);
  if (signal == SIGILL && information.si_code > 0 && has_opcode(rip, {0x0f, 0x01, 0xd7})) {
    ThreadRecord* const own = enter_thread();
    if (own != nullptr) {
      // Returning from the handler sets the signal stack: it must be ours from now on.
      syscall(SYS_sigaltstack, nullptr, &context.uc_stack);
      return run_enclu(*own, information, context, record);
    }
  }
  deliver(signal, information, context, record);
}

}  // namespace
}  // namespace strongroom::sgx

using namespace strongroom::sgx;

ThreadRecord* sgxemu_handle_signal(int signal, siginfo_t* information, void* context, ThreadRecord* record) {
  auto& user_context = *static_cast<ucontext_t*>(context);
  const int saved_errno = errno;
  const bool was_inside = record != nullptr && record->in_enclave != 0;
  const bool is_step = end_step(signal, user_context, was_inside);
  if (!is_step && was_inside)
    handle_in_enclave(*record, signal, *information, user_context);
  else if (!is_step)
    handle_outside(record, signal, *information, user_context);
  ThreadRecord* now = current_thread();
  if (now != nullptr && now->in_enclave != 0)
    step_inside(*now, *information, user_context, record);
  else if (is_step || was_inside)
    step_outside(user_context);
  errno = saved_errno;
  return now != nullptr && now->in_enclave != 0 ? now : nullptr;
}

ThreadRecord* sgxemu_enter_directly(Registers* registers) {
  if (steps_inside()) return nullptr;  // with the registers as they are: ENCLU is the next instruction
  ThreadRecord* const record = enter_thread();
  std::optional<Fault> fault;
  if (record == nullptr) {
    fault = Fault{.vector = ExceptionVector::kGeneralProtection};
  } else {
    const DriverLock lock;
    ProcessMemory memory;
    Execution execution{processor(), record->cpu, memory};
    record->cpu.registers = *registers;
    record->cpu.xcr0 = processor().xfrm;
    record->host_fs = record->cpu.fs_base = _readfsbase_u64();
    record->host_gs = record->cpu.gs_base = _readgsbase_u64();
    fault = execute_enclu(execution);
    note_transition(nullptr, record->cpu.mode.secs);
    *registers = record->cpu.registers;
    record->enclave_fs = record->cpu.fs_base;
    record->enclave_gs = record->cpu.gs_base;
    hide_offset(fault);
  }
  if (fault) {
    report_exception(*registers, *fault);
    return nullptr;
  }
  record->in_enclave = 1;
  return record;
}
