#include "tee/vm/beside.h"

#include <system_error>

#include "base/processors.h"

namespace strongroom::tee::vm {

Beside::Beside(std::function<Result<void>()> work) : work_(std::move(work)) {
  try {
    thread_ = std::thread([this] { result_ = work_(); });
    start_elsewhere(thread_);
  } catch (const std::system_error&) {
    result_ = work_();
  }
}

Beside::~Beside() {
  if (thread_.joinable()) thread_.join();
}

Result<void> Beside::wait() {
  if (thread_.joinable()) thread_.join();
  return std::move(result_);
}

}  // namespace strongroom::tee::vm
