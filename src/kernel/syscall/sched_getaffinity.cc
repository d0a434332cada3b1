// sched_getaffinity(2): as many processors as the host says it gives.
#include "kernel/boot.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sched_getaffinity(const SyscallArguments& arguments) {
  constexpr uint64_t kMaskBytes = arch::kMaximumThreads / 8;
  if (arguments.uint32(1) < kMaskBytes || arguments.uint32(1) % sizeof(uint64_t) != 0) return Errno::kInvalid;
  uint8_t mask[kMaskBytes] = {};
  for (uint32_t processor = 0; processor < processor_count(); ++processor)
    mask[processor / 8] = static_cast<uint8_t>(mask[processor / 8] | 1u << processor % 8);
  KTRY(copy_to_user(arguments[2], mask, sizeof mask));
  return kMaskBytes;
}

}  // namespace strongroom::kernel
