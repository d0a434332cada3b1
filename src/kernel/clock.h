// Time, as the host tells it: untrusted, though it never runs backwards.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

uint64_t realtime_ns();   // since 1970-01-01 00:00 UTC
uint64_t monotonic_ns();  // since some moment before the program started
uint64_t process_ns();    // what CLOCK_PROCESS_CPUTIME_ID answers
uint64_t thread_ns();     // what CLOCK_THREAD_CPUTIME_ID answers the calling thread

}  // namespace strongroom::kernel
