// Randomness from the processor, never from the host.
#pragma once

#include <cstddef>

namespace strongroom::kernel {

// Fills `size` bytes; does not fail (without entropy the enclave ends).
void fill_random(void* to, size_t size);

}  // namespace strongroom::kernel
