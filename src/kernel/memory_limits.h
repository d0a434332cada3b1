// How much memory there is.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

struct MemoryLimits {
  uint64_t
      limit;  // bytes of the arena that may be accessible at a time: the manifest's heap, and the main stack
  uint64_t used;
};

MemoryLimits memory_limits();

}  // namespace strongroom::kernel
