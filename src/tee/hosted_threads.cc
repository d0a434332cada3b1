#include "tee/hosted_threads.h"

#include <sched.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace strongroom::tee {

HostedThreads::HostedThreads(uint32_t slots, std::span<uint8_t> call_area)
    : call_words_(call_area), services_(slots, *this), parkings_(slots) {}

int64_t HostedThreads::park(uint32_t slot, int64_t timeout_ns) {
  if (timeout_ns == 0) {
    sched_yield();
    return -ETIMEDOUT;
  }
  Parking& parking = parkings_[slot];
  std::unique_lock lock(parking.mutex);
  const auto woken = [&] { return parking.token || stopping_; };
  bool in_time = true;
  if (timeout_ns < 0)
    parking.woken.wait(lock, woken);
  else
    in_time = parking.woken.wait_for(lock, std::chrono::nanoseconds(timeout_ns), woken);
  parking.token = false;
  return in_time ? 0 : -ETIMEDOUT;
}

int64_t HostedThreads::unpark(uint32_t slot) {
  Parking& parking = parkings_[slot];
  {
    const std::lock_guard lock(parking.mutex);
    parking.token = true;
  }
  parking.woken.notify_one();
  return 0;
}

int64_t HostedThreads::call_wait(uint64_t wake, uint64_t wait, uint32_t expected, int64_t timeout_ns) {
  return wait_in_call_area(call_words_, wake, wait, expected, timeout_ns);
}

void HostedThreads::forget_wake(uint32_t slot) {
  const std::lock_guard lock(parkings_[slot].mutex);
  parkings_[slot].token = false;
}

void HostedThreads::wait_for_end() {
  std::unique_lock lock(end_mutex_);
  end_condition_.wait(lock, [&] { return stopping(); });
}

void HostedThreads::finish() {
  const std::lock_guard lock(end_mutex_);
  stopping_ = true;
  end_condition_.notify_all();
}

void HostedThreads::stop(std::string reason) {
  services_.report({.kind = EndKind::kFailed, .message = std::move(reason)});
  finish();
}

}  // namespace strongroom::tee
