// A worker of an enclave before a host that writes what it likes into the call area.
#pragma once

#include <cstdint>
#include <span>

namespace strongroom::enclave::testing {

// Lets a worker serve until `script`, arbitrary bytes, has been used up: whenever the worker waits, the host
// does what the script says: it fills in the lane, or writes anywhere, or makes a call that is right but for
// some bytes. Ends this process where the worker breaks a rule of the boundary; a sanitizer sees the rest.
void check_worker(std::span<const uint8_t> script);

}  // namespace strongroom::enclave::testing
