// What the backends share whose enclave threads are threads of this process, between entries
// (kernel/port/hosted.h is their other side): parking, waiting in the call area, and the end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "tee/call_area_wait.h"
#include "tee/host_services.h"

namespace strongroom::tee {

class HostedThreads : public TeeCalls {
 public:
  // Makes the wait for the end return. Thread safe.
  void stop(std::string reason);

  // Host calls; see kernel/host_interface.h.
  int64_t park(uint32_t slot, int64_t timeout_ns) override;
  int64_t unpark(uint32_t slot) override;
  int64_t call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns) override;

  HostServices& services() { return services_; }

 protected:
  // `call_area` outlives this.
  HostedThreads(uint32_t slots, std::span<uint8_t> call_area);

  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] const CallWords& call_words() const { return call_words_; }
  void wait_for_end();
  // The end has been reported to the services, or needs no report.
  void finish();
  // Before a slot gets a new thread: a wake-up for its last one is not for this one.
  void forget_wake(uint32_t slot);

 private:
  struct Parking {
    std::mutex mutex;
    std::condition_variable woken;
    bool token = false;
  };

  CallWords call_words_;
  HostServices services_;
  std::vector<Parking> parkings_;
  std::atomic<bool> stopping_{false};
  std::mutex end_mutex_;
  std::condition_variable end_condition_;
};

}  // namespace strongroom::tee
