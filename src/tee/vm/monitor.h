// Runs the processors of one virtual machine and serves their host calls: one thread a processor, one
// processor an enclave thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tee/hosted_threads.h"
#include "tee/vm/debug/server.h"
#include "tee/vm/memory.h"
#include "tee/vm/processor.h"

namespace strongroom::tee::vm {

class Monitor : public HostedThreads {
 public:
  // `first`: the processor of slot 0. `image` outlives the monitor.
  Monitor(VirtualMachine machine, GuestMemory memory, VirtualProcessor first, const PreparedImage& image,
          uint64_t base, KernelEntries entries, std::vector<kvm_cpuid_entry2> cpuid);

  // Of a debug enclave, before enter(): serves debuggers there. With `waits` the enclave stands still until
  // one lets it go.
  Result<void> serve_debuggers(debug::DebugSocket socket, bool waits);
  // Enters the enclave, once; where that fails, wait() says so.
  void enter();
  // Waits for the end. After it no processor is in the guest, though threads may still be inside a blocking
  // host call: the monitor must live as long as the process.
  EnclaveEnd wait();

  // For enter() and for host calls; see kernel/host_interface.h.
  int64_t start_thread(uint32_t number) override;
  int64_t park(uint32_t number, int64_t timeout_ns) override;
  int64_t flush(uint32_t number) override;
  int64_t change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) override;

  GuestMemory& memory() { return memory_; }

 private:
  struct Slot {
    std::mutex mutex;  // guards processor and thread
    std::optional<VirtualProcessor> processor;
    std::thread thread;
    std::atomic<pid_t> thread_id{0};  // of `thread`, written by itself before it first enters the guest
    std::atomic<bool> in_guest{false};
    std::atomic<bool> flush_wanted{false};
  };

  Result<void> prepare(uint32_t number);
  void run_processor(uint32_t number);
  CallOutcome serve(uint32_t number, kernel::Exchange& exchange);
  static void kick(Slot& slot);
  void leave_and_stop(Slot& slot, std::string reason);
  void stop_all();

  VirtualMachine machine_;
  std::mutex providing_;  // guards what of memory_ the machine has
  GuestMemory memory_;
  const PreparedImage& image_;
  const arch::ImageHeader& header_;
  uint64_t base_;
  KernelEntries entries_;
  std::vector<kvm_cpuid_entry2> cpuid_;
  std::vector<Slot> slots_;
  uint32_t first_calls_ = 0;  // of the first processor, as far as they belong to the start
  // Of a debug enclave; null in production.
  std::unique_ptr<debug::Debugger> debugger_;
  std::unique_ptr<debug::Server> debug_server_;
};

}  // namespace strongroom::tee::vm
