// mmap(2): anonymous memory, and private copies of files.
#include <sys/mman.h>

#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_mmap(const SyscallArguments& arguments) {
  const uint64_t address = arguments[0];
  const uint64_t size = arguments[1];
  const uint32_t protection = arguments.uint32(2);
  const uint32_t flags = arguments.uint32(3);
  const uint64_t file = arguments[4];
  const uint64_t offset = arguments[5];
  const bool anonymous = (flags & MAP_ANONYMOUS) != 0;
  const bool fixed = (flags & MAP_FIXED) != 0;
  const bool no_replace = (flags & MAP_FIXED_NOREPLACE) != 0;
  if ((protection & ~7u) != 0 || offset % arch::kPageSize != 0 || (flags & MAP_TYPE) == 0)
    return Errno::kInvalid;
  // Nothing is shared with another address space; a shared anonymous mapping is only ever seen by this
  // program.
  if (!anonymous && (flags & MAP_TYPE) != MAP_PRIVATE && (protection & PROT_WRITE) != 0)
    return Errno::kNoSuchDevice;
  const uint32_t first = anonymous ? protection : static_cast<uint32_t>(arch::kRead | arch::kWrite);
  const uint64_t begin = KTRY(map_memory(address, size, first, RegionKind::kAnonymous, fixed, no_replace));
  if (anonymous) return begin;

  // A copy of the file; what lies beyond its end reads as zeros.
  for (uint64_t done = 0; done < size;) {
    SyscallResult count = sys_pread64({{file, begin + done, size - done, offset + done}});
    if (!count.ok()) {
      KTRY(unmap_memory(begin, size));
      return count.error();
    }
    if (count.value() == 0) break;
    done += count.value();
  }
  if (protection != first) KTRY(protect_memory(begin, size, protection));
  return begin;
}

}  // namespace strongroom::kernel
