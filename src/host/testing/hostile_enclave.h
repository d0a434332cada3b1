// A CallGate before an enclave that writes what it likes into the call area.
#pragma once

#include <cstdint>
#include <span>

namespace strongroom::host::testing {

// Makes some calls, ordinary and switchless, small and large, while a thread that plays the enclave follows
// `script`, arbitrary bytes: it lies in the lanes, writes anywhere in the area, makes ocalls, or answers.
// Ends this process where the gate breaks a rule of the boundary; a sanitizer sees the rest. Returns when
// every call has come back.
void check_gate(std::span<const uint8_t> script);

}  // namespace strongroom::host::testing
