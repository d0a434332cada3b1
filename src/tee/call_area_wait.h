// Waiting and waking in the call area on behalf of an enclave that cannot do it itself (HostCall::kCallWait).
#pragma once

#include <cstdint>
#include <span>

namespace strongroom::tee {

// As kernel/host_interface.h says of kCallWait. Offsets are checked here. The words stand in memory that the
// application changes at will; the worst that it gets is a thread that sleeps.
int64_t wait_in_call_area(std::span<uint8_t> area, uint64_t wake, uint64_t wait, uint32_t expected,
                          int64_t timeout_ns);

}  // namespace strongroom::tee
