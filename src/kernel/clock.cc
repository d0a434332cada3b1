#include "kernel/clock.h"

#include <atomic>

#include "kernel/port/port.h"
#include "kernel/signal.h"
#include "kernel/thread.h"

namespace strongroom::kernel {
namespace {

constinit std::atomic<int64_t> last_monotonic{0};
constinit std::atomic<int64_t> last_realtime{0};
constinit uint64_t program_start = 0;  // written before there is a second thread

uint64_t never_backwards(std::atomic<int64_t>& last, int64_t now) {
  int64_t seen = last.load(std::memory_order_relaxed);
  while (now > seen)
    if (last.compare_exchange_weak(seen, now, std::memory_order_relaxed)) return static_cast<uint64_t>(now);
  return static_cast<uint64_t>(seen);
}

}  // namespace

uint64_t monotonic_ns() {
  return never_backwards(last_monotonic, port::clock(false));
}
uint64_t realtime_ns() {
  return never_backwards(last_realtime, port::clock(true));
}

uint64_t process_ns() {
  return monotonic_ns() - program_start;
}
uint64_t thread_ns() {
  return monotonic_ns() - current_thread().start_ns;
}
void start_thread_clock() {
  Thread& thread = current_thread();
  thread.start_ns = monotonic_ns();
  if (thread.id == 1) program_start = thread.start_ns;
}

Result<int64_t> to_ns(const TimeSpec& time) {
  if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= 1'000'000'000) return Errno::kInvalid;
  if (time.seconds >= INT64_MAX / 1'000'000'000) return INT64_MAX;
  return time.seconds * 1'000'000'000 + time.nanoseconds;
}

Result<void> sleep_for(int64_t ns, int64_t& left_ns) {
  Thread& thread = current_thread();
  const auto start = static_cast<int64_t>(monotonic_ns());
  const int64_t deadline = ns > INT64_MAX - start ? INT64_MAX : start + ns;
  left_ns = 0;
  while (true) {
    const auto now = static_cast<int64_t>(monotonic_ns());
    if (now >= deadline) return {};
    if (signal_pending()) {
      left_ns = deadline - now;
      return Errno::kInterrupted;
    }
    port::park(thread, deadline - now);
  }
}

}  // namespace strongroom::kernel
