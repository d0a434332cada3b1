// Randomness from the processor, never from the host.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::kernel {

// Ends the enclave (kNoEntropy) when the processor has no RDRAND and RDSEED, or they are stuck.
void check_random_source();

// Fills with RDRAND. A generator that stops answering, or repeats itself, ends the enclave: nothing runs on
// bad randomness. Thread safe.
void fill_random(void* out, size_t size);

// A number below `bound` (> 0), for addresses; not exactly uniform.
uint64_t random_below(uint64_t bound);

}  // namespace strongroom::kernel
