// The clock that a backend gives to an enclave thread before it enters the enclave.
#pragma once

#include "kernel/host_interface.h"

namespace strongroom::tee {

// Measures how fast the processor's timestamp runs, once for this process and those that it forks; takes a
// millisecond.
void calibrate_clock();

// Fills kernel::HostClock in the exchange: the time now, the processor's timestamp now, and how the two
// advance.
void write_clock(kernel::Exchange& exchange);

}  // namespace strongroom::tee
