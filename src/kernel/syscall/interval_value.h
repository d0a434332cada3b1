// struct itimerval, as getitimer(2) and setitimer(2) have it.
#pragma once

#include <cstdint>

#include "kernel/interval_timer.h"

namespace strongroom::kernel {

// ITIMER_REAL and ITIMER_PROF; those above the first count processor time, which is not accounted here.
inline constexpr int kRealTimer = 0, kLastTimer = 2;

struct IntervalValue {
  struct Time {
    int64_t seconds;
    int64_t microseconds;
  };
  Time interval;
  Time left;
};

inline IntervalValue::Time to_time(uint64_t ns) {
  // What is left is never 0 while the timer is set.
  const auto microseconds = static_cast<int64_t>((ns + 999) / 1000);
  return {microseconds / 1'000'000, microseconds % 1'000'000};
}
inline IntervalValue to_value(const IntervalTimer& timer) {
  return {to_time(timer.interval_ns), to_time(timer.left_ns)};
}

}  // namespace strongroom::kernel
