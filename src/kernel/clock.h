// Time. It comes from the host, which may lie: it is good for pacing and logs, not for security. It never
// runs backwards.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// Each is never less than what any thread saw before.
uint64_t realtime_ns();   // since 1970-01-01 00:00 UTC
uint64_t monotonic_ns();  // since some moment before the program started
// What CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID answer: the time since the program, or the
// calling thread, started; processor time is not accounted inside the enclave.
uint64_t process_ns();
uint64_t thread_ns();
// The calling thread starts now; with the first one, so does the program.
void start_thread_clock();

struct TimeSpec {
  int64_t seconds;
  int64_t nanoseconds;
};
inline TimeSpec to_timespec(int64_t ns) {
  return {ns / 1'000'000'000, ns % 1'000'000'000};
}
// EINVAL for negative times and nanoseconds of a second and more; times beyond 292 years become the largest.
Result<int64_t> to_ns(const TimeSpec& time);

// A sleep that a signal ends early: EINTR. `left_ns` is set to what is left.
Result<void> sleep_for(int64_t ns, int64_t& left_ns);

}  // namespace strongroom::kernel
