#include "kernel/syscall/resource_limits.h"

#include <sys/resource.h>

#include "kernel/boot.h"
#include "kernel/fs/file_system.h"

namespace strongroom::kernel {

Result<ResourceLimit> resource_limit(uint32_t resource) {
  if (resource >= RLIM_NLIMITS) return Errno::kInvalid;
  const auto both = [](uint64_t value) { return ResourceLimit{value, value}; };
  switch (resource) {
    case RLIMIT_NOFILE:
      return ResourceLimit{static_cast<uint64_t>(file_system().descriptors.limit), DescriptorTable::kSize};
    case RLIMIT_STACK:
      return ResourceLimit{image_header().thread_stack_size, RLIM_INFINITY};
    case RLIMIT_NPROC:
      return both(image_header().thread_count);
    case RLIMIT_CORE:
    case RLIMIT_NICE:
    case RLIMIT_RTPRIO:
      return both(0);
    default:
      return both(RLIM_INFINITY);
  }
}

Result<void> set_resource_limit(uint32_t resource, ResourceLimit limit) {
  const ResourceLimit now = KTRY(resource_limit(resource));
  if (limit.soft > limit.hard) return Errno::kInvalid;
  if (limit.soft == now.soft && limit.hard == now.hard) return {};
  if (resource != RLIMIT_NOFILE || limit.hard != now.hard) return Errno::kPerm;
  file_system().descriptors.limit = static_cast<int>(limit.soft);
  return {};
}

}  // namespace strongroom::kernel
