// The timer of alarm(2) and setitimer(2): SIGALRM to the process when real time has passed. It is kept by a
// thread of the kernel, which takes one of the image's threads from the first timer on.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

struct IntervalTimer {
  uint64_t left_ns;      // until it expires; 0: it is not set
  uint64_t interval_ns;  // after which it expires again; 0: it does not
};

// Sets the timer and yields what it was. EAGAIN where all threads of the image are taken.
Result<IntervalTimer> set_interval_timer(const IntervalTimer& timer);
IntervalTimer interval_timer();

}  // namespace strongroom::kernel
