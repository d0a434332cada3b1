// The threads of the keeper that serve the exchanges of an enclave's process: one for each thread of the
// enclave.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "tee/host_services.h"

namespace strongroom::tee::process {

class ExchangeServer : public TeeCalls {
 public:
  // `exchanges`: `slots` of them, shared with the enclave. `on_end` is called once, from a serving thread,
  // when the enclave has said that it ends.
  ExchangeServer(kernel::Exchange* exchanges, uint32_t slots, std::function<void()> on_end);
  // Waits for no thread: they may be inside a blocking read. The process ends soon after.
  ~ExchangeServer() override;

  // Starts to serve a slot. 0, or a negated errno.
  int64_t start_thread(uint32_t slot) override;

  HostServices& services() { return services_; }

 private:
  void serve(uint32_t slot);

  kernel::Exchange* exchanges_;
  std::function<void()> on_end_;
  HostServices services_;
  std::vector<std::atomic<bool>> running_;
};

}  // namespace strongroom::tee::process
