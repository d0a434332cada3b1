// The memory that the program shares with its application, for calls (src/calls). The kernel only says where
// it is and waits on its words; what stands in it means nothing here.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

// Once, before anything else is done with the exchanges that begin at `exchanges`: takes from the host
// how large the area is, which lies behind them. A size that cannot be, or that would reach into the enclave,
// is none.
void find_call_area(uint64_t exchanges);

uint64_t call_area_address();
uint64_t call_area_size();  // 0: there is none
// Whether an aligned 32-bit word at `address` lies in the area.
bool is_call_word(uint64_t address);

}  // namespace strongroom::kernel
