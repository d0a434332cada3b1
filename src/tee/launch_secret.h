// The secret that an enclave shares with its keeper from its launch on (arch/own_calls.h).
#pragma once

namespace strongroom::tee {

// Receives it from Streams::keeper straight into the enclave's memory at `to`: no other memory of the holder
// ever has it. Where there is no keeper, or it died, the memory stays as it is, and the enclave does without.
// Allocates nothing.
void receive_launch_secret(int keeper, void* to);

}  // namespace strongroom::tee
