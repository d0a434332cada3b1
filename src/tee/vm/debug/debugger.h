// Stops the processors of a debug enclave and lets them go on. Its threads are the debugger's, which uses
// what Target declares, and the processors', which tell of where they are.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "tee/vm/debug/guest_view.h"
#include "tee/vm/debug/target.h"
#include "tee/vm/debug/trap.h"
#include "tee/vm/memory.h"

namespace strongroom::tee::vm::debug {

// Where in the enclave is what the debugger must tell apart. Addresses.
struct CodePlaces {
  uint64_t kernel_begin = 0, kernel_end = 0;  // the enclave kernel and the gates into it
  uint64_t gates_begin = 0, gates_end = 0;
  uint64_t flush = 0;                                   // an instruction that does its work by faulting
  uint64_t user_access_begin = 0, user_access_end = 0;  // instructions that survive a fault
  uint64_t thread_local_size = 0;                       // of the program: what lies below the FS base
};
Result<CodePlaces> find_code_places(const PreparedImage& image, uint64_t base);

class Debugger : public Target {
 public:
  // What the debugger asks of the monitor.
  struct Processors {
    std::function<VirtualProcessor&(uint32_t slot)> get;
    std::function<void(uint32_t slot)> kick;  // out of the guest, if it is there at this moment
    std::function<void()> end_enclave;
  };
  // `memory` outlives this. With `waits` no processor enters the guest until a debugger lets it. `wake` is
  // called when a stop is there to be told.
  Debugger(const GuestMemory& memory, uint32_t slots, const CodePlaces& places, bool waits,
           Processors processors, std::function<void()> wake);

  // For the threads of the processors, in this order: before each entry into the guest, which waits while the
  // debugger wants it to; after it, when it ended by an exit: whether that was a trap, which is dealt with;
  // before a host call; at the thread's end.
  void enter(uint32_t slot);
  bool take(uint32_t slot);
  void leave(uint32_t slot);
  void finish(uint32_t slot);

  // For the debugger's thread. Stops all and says where; none if the enclave ended.
  std::optional<Stop> attach();
  // Lets everything go on as if there had been no debugger.
  void detach();
  // After resume(): the next stop, if there is one, with all threads stopped.
  std::optional<Stop> next_stop();
  // The enclave has ended: nobody waits any more.
  void end();
  [[nodiscard]] bool has_ended();

  // Target. Stops after an instruction are single steps in all threads while anything is watched.
  std::vector<uint32_t> threads() override;
  std::optional<RegisterFile> registers(uint32_t thread) override;
  bool set_registers(uint32_t thread, const RegisterFile& registers) override;
  size_t read_memory(uint64_t address, std::span<uint8_t> to) override { return view_.read(address, to); }
  bool write_memory(uint64_t address, std::span<const uint8_t> bytes) override {
    return view_.write(address, bytes);
  }
  bool set_breakpoint(uint64_t address) override { return view_.set_breakpoint(address); }
  bool remove_breakpoint(uint64_t address) override { return view_.remove_breakpoint(address); }
  bool watch(uint64_t address, uint64_t size) override;
  bool unwatch(uint64_t address, uint64_t size) override;
  std::optional<uint64_t> thread_local_address(uint32_t thread, uint64_t offset) override;
  void resume(std::span<const ThreadAction> actions) override;
  void interrupt() override;
  void kill() override { processors_.end_enclave(); }

 private:
  enum class State {
    kAbsent,
    kInside,   // in the guest, or about to be
    kOutside,  // in a host call
    kHeld,
  };
  struct Seat {
    State state = State::kAbsent;
    bool may_run = true;
    bool resumes = false;      // by `action`, when it enters the guest
    std::optional<Trap> trap;  // while the processor is in ring 0's stub
    kvm_regs registers{};      // of the thread, with a trap
    std::optional<Stop> stop;  // that nobody was told of
    Action action;
    bool began_in_kernel = false;
  };
  struct Watch {
    uint64_t address;
    std::vector<uint8_t> bytes;
  };
  enum class Outcome { kReturn, kPass, kStop };

  Outcome judge(Seat& seat, uint32_t slot, kvm_regs& registers, const Trap& trap);
  Outcome judge_step(Seat& seat, uint32_t slot, kvm_regs& registers);
  [[nodiscard]] bool is_kernels_own(uint32_t slot, const kvm_regs& registers, const Trap& trap);
  [[nodiscard]] bool in_kernel(uint64_t address) const;
  std::optional<Watch> changed_watch();
  bool in_ring0(uint32_t slot);
  void stop_all(std::unique_lock<std::mutex>& lock);
  static bool tells(const Seat& seat);
  Stop choose_stop();
  void prepare(uint32_t slot, Seat& seat);
  Seat* held_seat(uint32_t thread);
  std::optional<kvm_regs> general_registers(uint32_t slot, const Seat& seat);

  GuestView view_;
  const GuestMemory& memory_;
  const CodePlaces places_;
  const Processors processors_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Seat> seats_;
  std::vector<Watch> watches_;
  bool stop_wanted_;
  bool interrupted_ = false;
  bool attached_ = false;
  bool ended_ = false;
};

}  // namespace strongroom::tee::vm::debug
