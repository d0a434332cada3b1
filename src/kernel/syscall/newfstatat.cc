// fstatat(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/stat_buffer.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_newfstatat(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(3);
  constexpr uint32_t kKnown = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT;
  if ((flags & ~kKnown) != 0) return Errno::kInvalid;
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], flags));
  KTRY(write_stat(arguments[2], *inode));
  return 0;
}

}  // namespace strongroom::kernel
