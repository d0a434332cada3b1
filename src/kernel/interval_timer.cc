#include "kernel/interval_timer.h"

#include "kernel/clock.h"
#include "kernel/lock.h"
#include "kernel/port/port.h"
#include "kernel/signal.h"
#include "kernel/thread.h"

namespace strongroom::kernel {
namespace {

constinit Mutex mutex;
constinit Thread* keeper = nullptr;  // the thread that waits for the deadline
constinit uint64_t deadline = 0;     // on the monotonic clock; 0: none
constinit uint64_t interval = 0;

// Under the mutex.
IntervalTimer left_at(uint64_t now) {
  if (deadline == 0) return {0, interval};
  return {deadline > now ? deadline - now : 1, interval};
}

// Whether the timer has expired; `wait_ns` is how long the next look may wait, -1 for ever.
bool take_expiry(int64_t& wait_ns) {
  const MutexLock lock(mutex);
  const uint64_t now = monotonic_ns();
  const bool expired = deadline != 0 && deadline <= now;
  if (expired) deadline = interval == 0 ? 0 : deadline + ((now - deadline) / interval + 1) * interval;
  wait_ns = deadline == 0 ? -1 : static_cast<int64_t>(deadline - now);
  return expired;
}

[[noreturn]] void keep_timer() {
  while (true) {
    int64_t wait_ns = -1;
    if (take_expiry(wait_ns)) send_process_signal(kSigAlarm);
    port::park(current_thread(), wait_ns);
  }
}

// Under the mutex.
Result<void> start_keeper() {
  if (keeper != nullptr) return {};
  Thread* thread = claim_thread();
  if (thread == nullptr) return Errno::kAgain;
  thread->signal_mask = UINT64_MAX;  // it takes none itself
  thread->start_task = keep_timer;
  if (!port::start(*thread)) {
    abandon_thread(*thread);
    return Errno::kAgain;
  }
  count_kernel_thread();
  keeper = thread;
  return {};
}

}  // namespace

Result<IntervalTimer> set_interval_timer(const IntervalTimer& timer) {
  const MutexLock lock(mutex);
  if (timer.left_ns != 0) KTRY(start_keeper());
  const uint64_t now = monotonic_ns();
  const IntervalTimer before = left_at(now);
  constexpr auto kLatest = static_cast<uint64_t>(INT64_MAX);
  deadline = timer.left_ns == 0 ? 0 : timer.left_ns > kLatest - now ? kLatest : now + timer.left_ns;
  interval = timer.interval_ns;
  if (keeper != nullptr) port::unpark(*keeper);
  return before;
}

IntervalTimer interval_timer() {
  const MutexLock lock(mutex);
  return left_at(monotonic_ns());
}

}  // namespace strongroom::kernel
