// The resource limits of the process. Descriptors can be limited further; the others are what the image says,
// or none, and stay so: a limit that nobody enforces is not accepted.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

struct ResourceLimit {  // struct rlimit
  uint64_t soft;
  uint64_t hard;
};
// EINVAL for resources that Linux does not know.
Result<ResourceLimit> resource_limit(uint32_t resource);
// EINVAL, EPERM.
Result<void> set_resource_limit(uint32_t resource, ResourceLimit limit);

}  // namespace strongroom::kernel
