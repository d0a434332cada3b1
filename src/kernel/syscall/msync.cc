// msync(2). Mappings of files are private copies, and files live in memory: there is nothing to write back.
#include <sys/mman.h>

#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_msync(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(2);
  constexpr auto kBoth = static_cast<uint32_t>(MS_ASYNC | MS_SYNC);
  if (arguments[0] % arch::kPageSize != 0 || (flags & ~(kBoth | MS_INVALIDATE)) != 0 ||
      (flags & kBoth) == kBoth)
    return Errno::kInvalid;
  const uint64_t begin = arguments[0];
  const uint64_t size = arguments[1];
  if (size > UINT64_MAX - begin || !is_accessible(begin, size, arch::kNoAccess)) return Errno::kNoMemory;
  return 0;
}

}  // namespace strongroom::kernel
