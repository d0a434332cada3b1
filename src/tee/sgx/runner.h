// Runs the threads of one enclave and serves their host calls: one thread of this process a TCS.
#pragma once

#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "tee/hosted_threads.h"
#include "tee/sgx/driver.h"
#include "tee/sgx/vdso.h"

namespace strongroom::tee::sgx {

// Memory outside the enclave that it shares with this process: one exchange a thread, then the call area.
struct SharedMemory {
  kernel::Exchange* exchanges = nullptr;
  std::span<uint8_t> call_area;
};

class Runner : public HostedThreads {
 public:
  // `enter`: __vdso_sgx_enter_enclave. `header` outlives the runner.
  Runner(EnclaveDevice device, const arch::ImageHeader& header, uint64_t base, SharedMemory memory,
         uint64_t enter);

  // Enters the enclave, once; where that fails, wait() says so.
  void enter();
  // Waits for the end. Threads may still be inside: the runner must live as long as the process.
  EnclaveEnd wait();

  // As kernel::SgxExit::kWait says; what stands nowhere in the call area is left out. The leaf by which to go
  // on, or -ECANCELED: the enclave is not to be entered again.
  int serve_wait(uint64_t wake, uint64_t wait, uint32_t expected) const;

  // For enter() and for host calls; see kernel/host_interface.h.
  int64_t start_thread(uint32_t slot) override;
  int64_t change_pages(uint64_t change, uint64_t offset, uint64_t size, uint64_t permissions) override;

 private:
  struct Slot {
    std::mutex mutex;  // guards thread
    std::thread thread;
  };

  void run_thread(uint32_t number);
  // Parts of serve_wait(), with its answer.
  [[nodiscard]] int leaf_after_wait() const;
  [[gnu::noinline]] int wake_and_wait(uint64_t wake, uint64_t wait, uint32_t expected) const;
  [[gnu::noinline]] int make_way() const;
  // A breakpoint in the enclave is the only exception that the vDSO leaves to signals. From the handler, on
  // the thread that was inside.
  static void handle_breakpoint(int signal);
  // Why the enclave refuses the exception that the processor reported.
  [[nodiscard]] std::string explain_refusal(const sgx_enclave_run& run) const;
  // False: the thread is not to enter again.
  bool serve(uint32_t number);

  EnclaveDevice device_;
  const arch::ImageHeader& header_;
  uint64_t base_;
  kernel::Exchange* exchanges_;
  uint64_t enter_;
  std::vector<Slot> slots_;
};

}  // namespace strongroom::tee::sgx
