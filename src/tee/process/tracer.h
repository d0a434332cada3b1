// The keeper's hold on an enclave's process: it is the tracer, so that nobody else can be.
#pragma once

#include <sys/types.h>

#include "base/bytes.h"

namespace strongroom::tee::process {

// Attaches to a child of the calling thread, before the child holds anything. New threads are attached at
// their birth; all die with the caller.
Result<void> attach(pid_t child);

// Passes signals on until the process has ended; yields its wait status. Only the thread that attached may
// call it. `attached` false: only waits.
int run_until_end(pid_t child, bool attached);

}  // namespace strongroom::tee::process
