#include "tee/vm/beside.h"

#include <sched.h>

#include <system_error>

#include "base/processors.h"

namespace strongroom::tee::vm {

Beside::Beside(std::function<Result<void>()> work) : work_(std::move(work)) {
  try {
    // Where the scheduler leaves it beside its creator, either goes on first: so both see to it.
    thread_ = std::thread([this, here = sched_getcpu()] {
      if (here >= 0) leave_processor(static_cast<uint32_t>(here));
      result_ = work_();
    });
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
