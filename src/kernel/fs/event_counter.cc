#include "kernel/fs/event_counter.h"

#include <poll.h>

#include "kernel/signal.h"

namespace strongroom::kernel {

bool EventCounter::take(uint64_t& value) {
  MutexLock guard(lock);
  if (count_ == 0) return false;
  value = semaphore_ ? 1 : count_;
  count_ -= value;
  return true;
}

bool EventCounter::add(uint64_t value) {
  MutexLock guard(lock);
  if (value > kMaximum - count_) return false;
  count_ += value;
  return true;
}

Result<void> EventCounter::sleep(uint32_t ticket, bool may_wait) {
  if (!may_wait) return Errno::kAgain;
  if (!signal_pending()) changed_.wait(ticket);
  if (signal_pending()) return interrupted_call();
  return {};
}

Result<size_t> EventCounter::read(Transfer& to, bool may_wait) {
  uint64_t value = 0;
  if (to.remaining() < sizeof(value)) return Errno::kInvalid;
  for (;;) {
    const uint32_t ticket = changed_.ticket();
    if (take(value)) break;
    KTRY(sleep(ticket, may_wait));
  }
  changed_.wake_all();
  notify(false, true);
  KTRY(to.give(&value, sizeof(value)));
  return sizeof(value);
}

Result<size_t> EventCounter::write(Transfer& from, bool may_wait) {
  uint64_t value = 0;
  if (from.remaining() < sizeof(value)) return Errno::kInvalid;
  KTRY(from.take(&value, sizeof(value)));
  if (value == UINT64_MAX) return Errno::kInvalid;
  for (;;) {
    const uint32_t ticket = changed_.ticket();
    if (add(value)) break;
    KTRY(sleep(ticket, may_wait));
  }
  changed_.wake_all();
  notify(true, false);
  return sizeof(value);
}

uint32_t EventCounter::ready_events() {
  MutexLock guard(lock);
  uint32_t events = 0;
  if (count_ > 0) events |= POLLIN;
  if (count_ < kMaximum) events |= POLLOUT;
  return events;
}

}  // namespace strongroom::kernel
