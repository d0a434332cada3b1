// Waits for the end of an enclave in a thread of its own, so that calls under way hear of it at once.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "strongroom/host.h"

namespace strongroom::host {

// "it exited with status 3", "it aborted (stack_overflow): ...".
std::string why_it_ended(const Result<End>& end);

class EndWatcher {
 public:
  // `receive` blocks until the enclave has ended; whoever destroys the watcher makes it return first. `ended`
  // is called then, before wait() returns.
  EndWatcher(std::function<Result<End>()> receive, std::function<void(const Result<End>&)> ended);
  ~EndWatcher() { thread_.join(); }
  EndWatcher(const EndWatcher&) = delete;
  EndWatcher& operator=(const EndWatcher&) = delete;

  Result<End> wait();
  // Nothing where the enclave still runs when the time is over.
  std::optional<Result<End>> wait_for(std::chrono::nanoseconds limit);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Result<End>> end_;
  std::thread thread_;
};

}  // namespace strongroom::host
