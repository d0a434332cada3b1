// The last step of every host call. It stands alone in its file so that the tests can link a host that lies
// in its place (tests/hostile); a keeper has no switch for that.
#pragma once

#include "kernel/host_interface.h"

namespace strongroom::tee {

// Writes the result of `call`, as the enclave is going to see it. Called by the thread that serves the
// exchange, before it hands the exchange back.
void give_answer(kernel::HostCall call, kernel::Exchange& exchange, int64_t result);

}  // namespace strongroom::tee
