// The guardian: a second process in the enclave's memory, which traces the enclave so that nobody else can.
// The loader has made the two trace each other (tee/process/guardian.h); from its entry on the guardian runs
// measured code, on a stack in the enclave's private memory.
#pragma once

namespace strongroom::kernel::port::process {

// In the enclave, before it takes away the loader's memory: waits until the guardian has left it.
void wait_for_guardian();

}  // namespace strongroom::kernel::port::process
