#include "preload/step.h"

#define SGXEMU_EXPORT __attribute__((visibility("default")))

SGXEMU_EXPORT constinit strongroom::sgx::Stepping strongroom_sgx_stepping{};
SGXEMU_EXPORT constinit strongroom::sgx::Transitions strongroom_sgx_transitions{};

namespace strongroom::sgx {
namespace {

constexpr uint8_t kPopFlags = 0x9d;
constexpr uint8_t kPushFlags = 0x9c;
constexpr uint64_t kProgramsFlags =
    kFlagsArithmetic | kFlagDirection | kFlagNestedTask | kFlagAlignmentCheck | kFlagId;
constexpr int kTrapDebug = 1;
constexpr uint64_t kHurriedBytes = uint64_t{1} << 20;
constexpr int kFromKernel = 0x80;  // SI_KERNEL

// Whether the thread has been made to trap; such traps can still be under way when nobody wants steps any
// more.
std::atomic<bool> traps_set{false};

void set_trap(ucontext_t& context) {
  traps_set.store(true, std::memory_order_relaxed);
  context.uc_mcontext.gregs[REG_EFL] |= kFlagTrap;
}

bool is_at_hand(ThreadRecord& record, uint64_t address, uint64_t size, uint64_t access) {
  const HandlerLock lock;
  for (uint64_t at = visible_address(address); at < address + size; at += arch::kPageSize)
    if (resolve_page_fault(record, at, access)) return false;
  return true;
}

// PUSHF would show the trap flag to the enclave, and POPF end the steps: they are done here. False: the
// instruction is another, or faults.
bool move_flags(ThreadRecord& record, ucontext_t& context) {
  greg_t* const registers = context.uc_mcontext.gregs;
  const uint8_t opcode = *reinterpret_cast<const uint8_t*>(registers[REG_RIP]);
  if (opcode != kPopFlags && opcode != kPushFlags) return false;
  const bool pushes = opcode == kPushFlags;
  const auto slot = static_cast<uint64_t>(registers[REG_RSP]) - (pushes ? 8 : 0);
  if (!is_at_hand(record, slot, 8, pushes ? uint64_t{kFaultWrite} : 0)) return false;
  auto& word = *reinterpret_cast<uint64_t*>(slot);
  auto flags = static_cast<uint64_t>(registers[REG_EFL]);
  if (pushes)
    word = flags & ~uint64_t{kFlagTrap | kFlagResume};
  else
    flags = (flags & ~kProgramsFlags) | (word & kProgramsFlags);
  registers[REG_EFL] = static_cast<greg_t>(flags);
  registers[REG_RSP] += pushes ? -8 : 8;
  registers[REG_RIP] += 1;
  return true;
}

// RDTSC where the program wants another time. False: the instruction is another.
bool read_timestamp(ucontext_t& context) {
  const auto timestamp = strongroom_sgx_stepping.timestamp.load(std::memory_order_relaxed);
  greg_t* const registers = context.uc_mcontext.gregs;
  const auto* const code = reinterpret_cast<const uint8_t*>(registers[REG_RIP]);
  if (timestamp == nullptr || code[0] != 0x0f || code[1] != 0x31) return false;
  const uint64_t now = timestamp();
  registers[REG_RAX] = static_cast<uint32_t>(now);
  registers[REG_RDX] = static_cast<greg_t>(now >> 32);
  registers[REG_RIP] += 2;
  return true;
}

// REP MOVSB and REP STOSB are a step for each byte: all but the last are taken at once, where their pages are
// the enclave's and there.
void hurry(ThreadRecord& record, ucontext_t& context) {
  greg_t* const registers = context.uc_mcontext.gregs;
  const auto* const code = reinterpret_cast<const uint8_t*>(registers[REG_RIP]);
  const bool moves = code[1] == 0xa4;
  const bool stores = code[1] == 0xaa;
  const auto count = static_cast<uint64_t>(registers[REG_RCX]) - 1;
  const bool forward = (registers[REG_EFL] & kFlagDirection) == 0;
  if (code[0] != 0xf3 || !(moves || stores) || !forward || count == 0 || count > kHurriedBytes) return;
  const auto to = static_cast<uint64_t>(registers[REG_RDI]);
  const auto from = static_cast<uint64_t>(registers[REG_RSI]);
  if (!is_at_hand(record, to, count, kFaultWrite) || (moves && !is_at_hand(record, from, count, 0))) return;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t byte = moves ? *reinterpret_cast<const volatile uint8_t*>(from + i)
                                : static_cast<uint64_t>(registers[REG_RAX]);
    *reinterpret_cast<volatile uint8_t*>(to + i) = static_cast<uint8_t>(byte);
  }
  registers[REG_RDI] += static_cast<greg_t>(count);
  if (moves) registers[REG_RSI] += static_cast<greg_t>(count);
  registers[REG_RCX] = 1;
}

void interrupt(ThreadRecord& record, siginfo_t& information, ucontext_t& context,
               const ThreadRecord* signal_stack) {
  {
    const HandlerLock lock;
    with_processor(record, context, [](Execution& execution) { leave_asynchronously(execution, {}); });
  }
  if (!has_program_handler(kStepSignal)) return;
  information = {};
  information.si_signo = kStepSignal;
  information.si_code = kFromKernel;
  deliver(kStepSignal, information, context, signal_stack);
}

}  // namespace

bool steps_inside() {
  return strongroom_sgx_stepping.inside.load(std::memory_order_relaxed) != nullptr;
}

bool end_step(int signal, ucontext_t& context, bool inside) {
  greg_t* const registers = context.uc_mcontext.gregs;
  const bool outside_wanted = strongroom_sgx_stepping.outside.load(std::memory_order_relaxed) != nullptr;
  if (!traps_set.load(std::memory_order_relaxed) && !outside_wanted) return false;
  registers[REG_EFL] &= ~greg_t{kFlagTrap};
  if (signal == SIGSYS && inside) registers[REG_R11] &= ~greg_t{kFlagTrap};
  return signal == SIGTRAP && registers[REG_TRAPNO] == kTrapDebug;
}

void step_inside(ThreadRecord& record, siginfo_t& information, ucontext_t& context,
                 const ThreadRecord* signal_stack) {
  do {
    const auto ask = strongroom_sgx_stepping.inside.load(std::memory_order_relaxed);
    if (ask == nullptr) return;
    if (ask(static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP])))
      return interrupt(record, information, context, signal_stack);
  } while (move_flags(record, context) || read_timestamp(context));
  hurry(record, context);
  set_trap(context);
}

void step_outside(ucontext_t& context) {
  do {
    const auto tell = strongroom_sgx_stepping.outside.load(std::memory_order_relaxed);
    if (tell == nullptr) return;
    tell(static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP]));
  } while (read_timestamp(context));
  set_trap(context);
}

}  // namespace strongroom::sgx
