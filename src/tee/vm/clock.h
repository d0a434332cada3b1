// The clock that the monitor gives to an enclave thread before it enters the guest.
#pragma once

#include "kernel/host_interface.h"

namespace strongroom::tee::vm {

// Fills kernel::VmClock in the exchange: the time now, the processor's timestamp now, and how the two
// advance, measured when the monitor first asks.
void write_clock(kernel::Exchange& exchange);

}  // namespace strongroom::tee::vm
