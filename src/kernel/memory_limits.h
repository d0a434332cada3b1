// How much memory the enclave may use and uses.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

struct MemoryLimits {
  uint64_t limit;  // bytes
  uint64_t used;   // bytes, the kernel's own included
};
MemoryLimits memory_limits();

}  // namespace strongroom::kernel
