// close_range(2). The process shares its descriptors with nobody: CLOSE_RANGE_UNSHARE has nothing to do.
#include <linux/close_range.h>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_close_range(const SyscallArguments& arguments) {
  const uint32_t first = arguments.uint32(0);
  const uint32_t last = arguments.uint32(1);
  const uint32_t flags = arguments.uint32(2);
  if (first > last || (flags & ~(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE)) != 0) return Errno::kInvalid;
  DescriptorTable& descriptors = file_system().descriptors;
  for (uint32_t number = first; number <= last && number < DescriptorTable::kSize; ++number) {
    const auto descriptor = static_cast<int>(number);
    // One that is not open, or closed by another thread meanwhile, is no error.
    if ((flags & CLOSE_RANGE_CLOEXEC) != 0) {
      (void)descriptors.set_close_on_exec(descriptor, true);
    } else {
      (void)descriptors.close(descriptor);
    }
  }
  return 0;
}

}  // namespace strongroom::kernel
