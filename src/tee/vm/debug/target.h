// What a debugger can do with an enclave, apart from how it says so.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tee/vm/debug/register_file.h"

namespace strongroom::tee::vm::debug {

// gdb's own numbers of signals (gdb's include/gdb/signals.def).
enum class Signal : uint8_t {
  kNone = 0,
  kInterrupt = 2,
  kIllegalInstruction = 4,
  kTrap = 5,
  kArithmetic = 8,
  kKilled = 9,
  kBus = 10,
  kSegmentation = 11,
};

// Why a thread stopped. Threads are numbered from 1: the enclave's slot and one.
struct Stop {
  enum class Reason { kSignal, kStep, kBreakpoint, kWatchpoint };
  uint32_t thread = 1;
  Signal signal = Signal::kTrap;
  Reason reason = Reason::kSignal;
  uint64_t address = 0;  // that is watched
};

// How a thread goes on.
struct Action {
  bool steps = false;
  bool delivers = false;  // the exception that it stopped at, to the enclave
  // A step within this range is no stop.
  uint64_t range_begin = 0, range_end = 0;
};

struct ThreadAction {
  std::optional<uint32_t> thread;  // none: all that no entry before it names
  Action action;
};

// All but interrupt() and kill() need threads that stand still: between a stop and the next resume().
class Target {
 public:
  virtual ~Target() = default;

  virtual std::vector<uint32_t> threads() = 0;
  virtual std::optional<RegisterFile> registers(uint32_t thread) = 0;
  virtual bool set_registers(uint32_t thread, const RegisterFile& registers) = 0;
  // Guest virtual addresses. How many bytes from the first on there are; breakpoints do not show.
  virtual size_t read_memory(uint64_t address, std::span<uint8_t> to) = 0;
  virtual bool write_memory(uint64_t address, std::span<const uint8_t> bytes) = 0;
  // Breakpoints of which the program's code is changed.
  virtual bool set_breakpoint(uint64_t address) = 0;
  virtual bool remove_breakpoint(uint64_t address) = 0;
  // Stops after an instruction that changed one of these bytes.
  virtual bool watch(uint64_t address, uint64_t size) = 0;
  virtual bool unwatch(uint64_t address, uint64_t size) = 0;
  // Where a thread_local variable of the program is.
  virtual std::optional<uint64_t> thread_local_address(uint32_t thread, uint64_t offset) = 0;

  // Threads that no entry names stay where they are. Whoever waits for stops hears of the next one.
  virtual void resume(std::span<const ThreadAction> actions) = 0;
  // Stops all threads.
  virtual void interrupt() = 0;
  // Ends the enclave.
  virtual void kill() = 0;
};

}  // namespace strongroom::tee::vm::debug
