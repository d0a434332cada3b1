// A worker of an enclave before a host that writes what it likes into the call area.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>

// The interface of the test is called `calls`, too, and must be known before strongroom::calls is.
// clang-format off
#include "calls_enclave.h"
#include "calls/area.h"
// clang-format on

namespace strongroom::enclave::testing {

// A call area in ordinary memory: exactly as large as it is, so that a sanitizer sees a step beyond it.
class AreaMemory {
 public:
  AreaMemory();
  ~AreaMemory() { std::free(bytes_); }
  AreaMemory(const AreaMemory&) = delete;
  AreaMemory& operator=(const AreaMemory&) = delete;
  [[nodiscard]] std::span<uint8_t> bytes() const { return {bytes_, calls::kMinimumArea}; }

 private:
  uint8_t* bytes_;
};

// Lets a worker serve until `script`, arbitrary bytes, has been used up: whenever the worker waits, the host
// does what the script says: it fills in the lane, or writes anywhere, or makes a call that is right but for
// some bytes. Ends this process where the worker breaks a rule of the boundary; a sanitizer sees the rest.
void check_worker(std::span<const uint8_t> script);

}  // namespace strongroom::enclave::testing
