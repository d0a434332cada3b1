// What an enclave that is prepared ahead of its use does while it waits.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

// Touches the pages that a program is going to touch first, so that the machine need not find them then: its
// code and data, and the top of its first stack. Changes nothing in them. Before the program runs.
void warm_up(uint64_t stack_bottom, uint64_t stack_top);

}  // namespace strongroom::kernel
