#include "kernel/fs/timestamp.h"

#include <x86intrin.h>

#include <atomic>

#include "kernel/clock.h"
#include "kernel/port/port.h"

namespace strongroom::kernel {
namespace {

// About 2 ms. The counter may belong to the host; all that depends on it is how old a stamp is.
constexpr uint64_t kRefreshCycles = 1u << 22;
std::atomic<uint64_t> last_counter{0};
std::atomic<uint64_t> last_time{0};

}  // namespace

uint64_t timestamp_now() {
  if (!port::has_timestamp()) return realtime_ns();
  const uint64_t counter = __rdtsc();
  const uint64_t time = last_time.load(std::memory_order_relaxed);
  if (time != 0 && counter - last_counter.load(std::memory_order_relaxed) < kRefreshCycles) return time;
  const uint64_t now = realtime_ns();
  last_counter.store(counter, std::memory_order_relaxed);
  uint64_t seen = time;
  while (seen < now && !last_time.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
  return seen < now ? now : seen;
}

}  // namespace strongroom::kernel
