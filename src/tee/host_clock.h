// The clock that a backend gives to an enclave thread before it enters the enclave.
#pragma once

#include "kernel/host_interface.h"

namespace strongroom::tee {

// Measures how fast the processor's timestamp runs, once for this process and those that it forks; takes a
// millisecond.
void calibrate_clock();

// Fills kernel::HostClock in the exchange: the time now, the processor's timestamp now, and how the two
// advance. Returns that timestamp.
uint64_t write_clock(kernel::Exchange& exchange);

// Writes the clock of one exchange again when it is older than a millisecond, over which the two do not drift
// apart by what anybody could see. For one thread at a time.
class FreshClock {
 public:
  FreshClock();
  void write(kernel::Exchange& exchange) {
    if (__builtin_ia32_rdtsc() - written_ >= most_) [[unlikely]]
      written_ = write_clock(exchange);
  }

 private:
  uint64_t most_;     // in ticks
  uint64_t written_;  // the timestamp of that
};

}  // namespace strongroom::tee
