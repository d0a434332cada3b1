#include "tee/vm/debug/debugger.h"

#include <algorithm>

#include "kernel/port/vm_layout.h"
#include "tee/vm/debug/processor_registers.h"

namespace strongroom::tee::vm::debug {
namespace {

using kernel::TrapCause, kernel::vm_block;

constexpr uint64_t kTrapFlag = 1u << 8;

Signal signal_of(TrapCause vector) {
  switch (vector) {
    case TrapCause::kDivideError:
    case TrapCause::kFloatingPoint:
    case TrapCause::kSimdFloatingPoint:
      return Signal::kArithmetic;
    case TrapCause::kDebug:
    case TrapCause::kBreakpoint:
      return Signal::kTrap;
    case TrapCause::kInvalidOpcode:
      return Signal::kIllegalInstruction;
    case TrapCause::kAlignmentCheck:
      return Signal::kBus;
    default:
      return Signal::kSegmentation;
  }
}

}  // namespace

Debugger::Debugger(const GuestMemory& memory, uint32_t slots, const CodePlaces& places, bool waits,
                   Processors processors, std::function<void()> wake)
    : view_(memory.page_table_root(), [&memory](uint64_t address) { return memory.physical_page(address); }),
      memory_(memory),
      places_(places),
      processors_(std::move(processors)),
      wake_(std::move(wake)),
      seats_(slots),
      stop_wanted_(waits) {}

bool Debugger::in_kernel(uint64_t address) const {
  return (address >= places_.kernel_begin && address < places_.kernel_end) ||
         (address >= places_.gates_begin && address < places_.gates_end);
}

bool Debugger::in_ring0(uint32_t slot) {
  const auto special = processors_.get(slot).special_registers();
  return special && special->cs.dpl == 0;
}

void Debugger::enter(uint32_t slot) {
  std::unique_lock lock(mutex_);
  Seat& seat = seats_[slot];
  const auto may_enter = [&] { return ended_ || (!stop_wanted_ && seat.may_run); };
  // A processor that was stopped within the few instructions of ring 0 goes on until it has left them.
  if (!may_enter() && (seat.trap || !in_ring0(slot))) {
    seat.state = State::kHeld;
    changed_.notify_all();
    changed_.wait(lock, may_enter);
  }
  if (seat.resumes) prepare(slot, seat);
  seat.state = State::kInside;
}

void Debugger::leave(uint32_t slot) {
  const std::lock_guard lock(mutex_);
  seats_[slot].state = State::kOutside;
  changed_.notify_all();
}

void Debugger::finish(uint32_t slot) {
  const std::lock_guard lock(mutex_);
  Seat next;
  next.may_run = seats_[slot].may_run;
  seats_[slot] = next;
  changed_.notify_all();
}

bool Debugger::take(uint32_t slot) {
  VirtualProcessor& processor = processors_.get(slot);
  if (!is_trap(processor.state())) return false;
  auto read = processor.registers();
  if (!read) return false;
  kvm_regs registers = *read;
  const Trap trap = take_trap(memory_.block(slot), registers);
  const std::lock_guard lock(mutex_);
  Seat& seat = seats_[slot];
  switch (judge(seat, slot, registers, trap)) {
    case Outcome::kReturn:
      return leave_trap(processor, memory_.block(slot), vm_block(slot), registers, false).has_value();
    case Outcome::kPass:
      return leave_trap(processor, memory_.block(slot), vm_block(slot), registers, true).has_value();
    case Outcome::kStop:
      break;
  }
  seat.trap = trap;
  seat.registers = registers;
  seat.registers.rflags &= ~kTrapFlag;
  stop_wanted_ = true;
  wake_();
  return true;
}

// What the enclave kernel does on purpose, or answers by itself. No debugger wants to hear of it.
bool Debugger::is_kernels_own(uint32_t slot, const kvm_regs& registers, const Trap& trap) {
  if (trap.vector == TrapCause::kInvalidOpcode && registers.rip == places_.flush) return true;
  if (trap.vector == TrapCause::kBreakpoint || trap.vector == TrapCause::kDebug) return false;
  if (registers.rip >= places_.user_access_begin && registers.rip < places_.user_access_end) return true;
  // A system call that went to LSTAR without leaving ring 3 (kernel/trap.cc).
  if (trap.vector == TrapCause::kPageFault && registers.rip == trap.address &&
      registers.rip == vm_block(slot))
    return true;
  constexpr uint8_t kCpuid[] = {0x0f, 0xa2};
  uint8_t code[2] = {};
  return (trap.vector == TrapCause::kGeneralProtection || trap.vector == TrapCause::kInvalidOpcode) &&
         view_.read(registers.rip, code) == sizeof code && std::ranges::equal(code, kCpuid);
}

Debugger::Outcome Debugger::judge(Seat& seat, uint32_t slot, kvm_regs& registers, const Trap& trap) {
  if (is_kernels_own(slot, registers, trap)) return Outcome::kPass;
  if (!attached_) return Outcome::kPass;
  if (trap.vector == TrapCause::kDebug) return judge_step(seat, slot, registers);
  seat.stop = {.thread = slot + 1, .signal = signal_of(trap.vector)};
  if (trap.vector == TrapCause::kBreakpoint && view_.has_breakpoint(registers.rip - 1)) {
    --registers.rip;
    seat.stop->reason = Stop::Reason::kBreakpoint;
  }
  return Outcome::kStop;
}

Debugger::Outcome Debugger::judge_step(Seat& seat, uint32_t slot, kvm_regs& registers) {
  if (const auto watch = changed_watch()) {
    seat.stop = {.thread = slot + 1, .reason = Stop::Reason::kWatchpoint, .address = watch->address};
    return Outcome::kStop;
  }
  if (seat.action.steps) {
    // A step into a system call is one over it: the flag comes back with the program's others.
    if (in_kernel(registers.rip) && !seat.began_in_kernel) return Outcome::kReturn;
    if (registers.rip >= seat.action.range_begin && registers.rip < seat.action.range_end)
      return Outcome::kReturn;
    seat.stop = {.thread = slot + 1, .reason = Stop::Reason::kStep};
    return Outcome::kStop;
  }
  // Left over from a step: it stood among the flags that a system call saved.
  if (watches_.empty()) registers.rflags &= ~kTrapFlag;
  return Outcome::kReturn;
}

std::optional<Debugger::Watch> Debugger::changed_watch() {
  for (Watch& watch : watches_) {
    std::vector<uint8_t> now(watch.bytes.size());
    if (view_.read(watch.address, now) != now.size() || now == watch.bytes) continue;
    watch.bytes = std::move(now);
    return watch;
  }
  return std::nullopt;
}

bool Debugger::watch(uint64_t address, uint64_t size) {
  constexpr uint64_t kMost = 4096;
  if (size == 0 || size > kMost) return false;
  Watch watch{address, std::vector<uint8_t>(size)};
  if (view_.read(address, watch.bytes) != size) return false;
  const std::lock_guard lock(mutex_);
  watches_.push_back(std::move(watch));
  return true;
}

bool Debugger::unwatch(uint64_t address, uint64_t size) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      watches_, [&](const Watch& watch) { return watch.address == address && watch.bytes.size() == size; });
  if (found == watches_.end()) return false;
  watches_.erase(found);
  return true;
}

void Debugger::stop_all(std::unique_lock<std::mutex>& lock) {
  stop_wanted_ = true;
  for (uint32_t slot = 0; slot < seats_.size(); ++slot)
    while (seats_[slot].state == State::kInside && !ended_) {
      lock.unlock();
      processors_.kick(slot);
      lock.lock();
    }
}

// A stop of a thread that was not let go on waits: a debugger that steps one thread wants to hear of no
// other.
bool Debugger::tells(const Seat& seat) {
  return seat.stop && seat.may_run;
}

// One is told. Breakpoints of the others are met again when those threads go on, and their steps are the
// debugger's to repeat; everything else waits for its turn.
Stop Debugger::choose_stop() {
  Stop chosen{.signal = interrupted_ ? Signal::kInterrupt : Signal::kTrap};
  bool found = false;
  for (Seat& seat : seats_) {
    if (!tells(seat)) continue;
    const bool comes_again =
        seat.stop->reason == Stop::Reason::kBreakpoint || seat.stop->reason == Stop::Reason::kStep;
    if (!found) chosen = *seat.stop;
    if (!found || comes_again) seat.stop.reset();
    found = true;
  }
  if (found) return chosen;
  interrupted_ = false;
  for (uint32_t slot = 0; slot < seats_.size(); ++slot)
    if (seats_[slot].state != State::kAbsent) {
      chosen.thread = slot + 1;
      break;
    }
  return chosen;
}

std::optional<Stop> Debugger::attach() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return ended_ || std::ranges::any_of(seats_, [](const Seat& s) { return s.state != State::kAbsent; });
  });
  attached_ = true;
  stop_all(lock);
  if (ended_) return std::nullopt;
  return choose_stop();
}

std::optional<Stop> Debugger::next_stop() {
  std::unique_lock lock(mutex_);
  if (!interrupted_ && std::ranges::none_of(seats_, tells)) return std::nullopt;
  stop_all(lock);
  if (ended_) return std::nullopt;
  return choose_stop();
}

void Debugger::detach() {
  std::unique_lock lock(mutex_);
  stop_all(lock);
  attached_ = false;
  interrupted_ = false;
  watches_.clear();
  view_.remove_breakpoints();
  for (Seat& seat : seats_) {
    seat.stop.reset();
    seat.action = {};
    seat.may_run = seat.resumes = true;
  }
  stop_wanted_ = false;
  changed_.notify_all();
}

void Debugger::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool Debugger::has_ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void Debugger::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  wake_();
}

void Debugger::resume(std::span<const ThreadAction> actions) {
  const std::lock_guard lock(mutex_);
  for (uint32_t slot = 0; slot < seats_.size(); ++slot) {
    Seat& seat = seats_[slot];
    const auto found = std::ranges::find_if(
        actions, [&](const ThreadAction& a) { return !a.thread || *a.thread == slot + 1; });
    // Threads that only start are no exception: they must not run past a breakpoint that was taken away for a
    // step.
    seat.may_run = found != actions.end();
    seat.resumes = seat.may_run && seat.state != State::kAbsent;
    seat.action = seat.resumes ? found->action : Action{};
  }
  if (std::ranges::any_of(seats_, tells)) return wake_();
  stop_wanted_ = false;
  changed_.notify_all();
}

void Debugger::prepare(uint32_t slot, Seat& seat) {
  seat.resumes = false;
  auto registers = general_registers(slot, seat);
  if (!registers) return;
  const uint64_t old = registers->rflags;
  const bool traps = seat.action.steps || !watches_.empty();
  registers->rflags = (old & ~kTrapFlag) | (traps ? kTrapFlag : 0);
  seat.began_in_kernel = in_kernel(registers->rip);
  VirtualProcessor& processor = processors_.get(slot);
  // An error shows in the next run of the processor, which ends the enclave.
  if (seat.trap)
    (void)leave_trap(processor, memory_.block(slot), vm_block(slot), *registers, seat.action.delivers);
  else if (old != registers->rflags)
    (void)processor.set_registers(*registers);
  seat.trap.reset();
}

std::vector<uint32_t> Debugger::threads() {
  const std::lock_guard lock(mutex_);
  std::vector<uint32_t> out;
  for (uint32_t slot = 0; slot < seats_.size(); ++slot)
    if (seats_[slot].state != State::kAbsent) out.push_back(slot + 1);
  return out;
}

Debugger::Seat* Debugger::held_seat(uint32_t thread) {
  if (thread == 0 || thread > seats_.size()) return nullptr;
  Seat& seat = seats_[thread - 1];
  return seat.state == State::kHeld || seat.state == State::kOutside ? &seat : nullptr;
}

std::optional<kvm_regs> Debugger::general_registers(uint32_t slot, const Seat& seat) {
  if (seat.trap) return seat.registers;
  const auto read = processors_.get(slot).registers();
  return read ? std::optional(*read) : std::nullopt;
}

std::optional<RegisterFile> Debugger::registers(uint32_t thread) {
  const std::lock_guard lock(mutex_);
  const Seat* seat = held_seat(thread);
  if (seat == nullptr) return std::nullopt;
  const auto general = general_registers(thread - 1, *seat);
  if (!general) return std::nullopt;
  const auto file = registers_of(processors_.get(thread - 1), *general);
  return file ? std::optional(*file) : std::nullopt;
}

bool Debugger::set_registers(uint32_t thread, const RegisterFile& registers) {
  const std::lock_guard lock(mutex_);
  Seat* seat = held_seat(thread);
  if (seat == nullptr) return false;
  auto general = general_registers(thread - 1, *seat);
  if (!general) return false;
  VirtualProcessor& processor = processors_.get(thread - 1);
  if (!change_registers(processor, *general, registers)) return false;
  if (!seat->trap) return processor.set_registers(*general).has_value();
  seat->registers = *general;
  return true;
}

std::optional<uint64_t> Debugger::thread_local_address(uint32_t thread, uint64_t offset) {
  const auto file = registers(thread);
  if (!file) return std::nullopt;
  return file->value(kFsBase) - places_.thread_local_size + offset;
}

}  // namespace strongroom::tee::vm::debug
