// fchownat(2)
#include <fcntl.h>

#include "kernel/syscall/identity.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fchownat(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(4);
  if ((flags & ~static_cast<uint32_t>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return Errno::kInvalid;
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], flags));
  KTRY(change_owner(*inode, arguments.uint32(2), arguments.uint32(3)));
  return 0;
}

}  // namespace strongroom::kernel
