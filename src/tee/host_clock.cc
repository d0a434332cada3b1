#include "tee/host_clock.h"

#include <time.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstring>

#include "kernel/port/host_facts.h"

namespace strongroom::tee {
namespace {

int64_t now_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

uint64_t timestamp() {
  unsigned processor;
  return __rdtscp(&processor);
}

// Nanoseconds a tick, as 32.32 fixed point.
uint64_t measure_rate() {
  constexpr int64_t kSpan = 1'000'000;
  const int64_t start_ns = now_ns(CLOCK_MONOTONIC_RAW);
  const uint64_t start_ticks = timestamp();
  int64_t end_ns = start_ns;
  uint64_t end_ticks = start_ticks;
  while (end_ns - start_ns < kSpan) {
    end_ns = now_ns(CLOCK_MONOTONIC_RAW);
    end_ticks = timestamp();
  }
  return static_cast<uint64_t>((static_cast<unsigned __int128>(end_ns - start_ns) << 32) /
                               (end_ticks - start_ticks));
}

uint64_t rate() {
  static const uint64_t measured = measure_rate();
  return measured;
}

}  // namespace

void calibrate_clock() {
  rate();
}

uint64_t write_clock(kernel::Exchange& exchange) {
  kernel::HostClock clock{};
  clock.realtime_ns = now_ns(CLOCK_REALTIME);
  clock.monotonic_ns = now_ns(CLOCK_MONOTONIC);
  clock.timestamp = timestamp();
  clock.ns_per_tick = rate();
  std::memcpy(exchange.reserved, &clock, sizeof clock);
  return clock.timestamp;
}

FreshClock::FreshClock()
    : most_((uint64_t{1'000'000} << 32) / std::max<uint64_t>(rate(), 1)), written_(timestamp() - most_) {}

}  // namespace strongroom::tee
