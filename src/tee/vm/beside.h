// Work that goes on beside the thread that wants it done.
#pragma once

#include <functional>
#include <thread>

#include "strongroom/result.h"

namespace strongroom::tee::vm {

class Beside {
 public:
  // Starts `work` in a thread of its own, on another processor if there is one. Where no thread can be
  // created, the work is done at once.
  explicit Beside(std::function<Result<void>()> work);
  // Waits.
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  // Waits, and tells how it went. Once.
  Result<void> wait();

 private:
  std::function<Result<void>()> work_;
  Result<void> result_;
  std::thread thread_;
};

}  // namespace strongroom::tee::vm
