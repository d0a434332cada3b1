// mremap(2).
#include <sys/mman.h>

#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mremap(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(3);
  if ((flags & ~static_cast<uint32_t>(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0) return Errno::kInvalid;
  const bool may_move = (flags & MREMAP_MAYMOVE) != 0;
  const bool fixed = (flags & MREMAP_FIXED) != 0;
  if (fixed && (!may_move || arguments[4] == 0)) return Errno::kInvalid;
  return remap_memory(arguments[0], arguments[1], arguments[2], may_move, fixed ? arguments[4] : 0);
}

}  // namespace strongroom::kernel
