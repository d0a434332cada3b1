// linkat(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_linkat(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(4);
  if ((flags & ~static_cast<uint32_t>(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return Errno::kInvalid;
  const bool follow = (flags & AT_SYMLINK_FOLLOW) != 0;
  const uint32_t find_flags = (flags & AT_EMPTY_PATH) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], find_flags));
  const PathArgument to = KTRY(read_path(arguments.int32(2), arguments[3]));
  KTRY(make_link(to.start, to.text(), inode));
  return 0;
}

}  // namespace strongroom::kernel
