// Monotonic counters that the keeper holds: they only grow, and outlive the enclave. With one in each sealed
// blob an enclave notices that it was handed an old blob; docs/sealing.md says against whom that holds.
#pragma once

#include <array>
#include <cstdint>

#include "strongroom/enclave/sealing.h"

namespace strongroom::enclave {

// Counters of different owners never meet, whatever their names are.
using CounterName = std::array<uint8_t, 32>;

// 0 before the first increment. Thread safe; fails as identity.h says.
Result<uint64_t> read_counter(SealTo owner, const CounterName& name);
// The new value, which is on the keeper's disk by then. kResourceExhausted where the platform has too many
// counters.
Result<uint64_t> increment_counter(SealTo owner, const CounterName& name);

}  // namespace strongroom::enclave
