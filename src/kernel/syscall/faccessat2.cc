// faccessat2(2), for root: all may be read and written, and executed if anybody may.
#include <fcntl.h>
#include <unistd.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_faccessat2(const SyscallArguments& arguments) {
  const uint32_t mode = arguments.uint32(2);
  const uint32_t flags = arguments.uint32(3);
  if ((mode & ~static_cast<uint32_t>(R_OK | W_OK | X_OK)) != 0) return Errno::kInvalid;
  if ((flags & ~static_cast<uint32_t>(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
    return Errno::kInvalid;
  }
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], flags));
  const bool executable = inode->kind == InodeKind::kDirectory || (inode->permissions & 0111) != 0;
  if ((mode & X_OK) != 0 && !executable) return Errno::kAccess;
  return 0;
}

}  // namespace strongroom::kernel
