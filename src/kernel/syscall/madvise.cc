// madvise(2). Only MADV_DONTNEED changes what the program sees; other advice is taken and changes nothing.
#include <sys/mman.h>

#include "kernel/memory_map.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_madvise(const SyscallArguments& arguments) {
  switch (arguments.int32(2)) {
    case MADV_DONTNEED:
      KTRY(discard_memory(arguments[0], arguments[1]));
      return 0;
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_FREE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
      return 0;
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
