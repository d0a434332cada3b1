// readlinkat(2)
#include <fcntl.h>

#include <algorithm>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_readlinkat(const SyscallArguments& arguments) {
  if (arguments.int32(3) <= 0) return Errno::kInvalid;
  constexpr uint32_t kFlags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], kFlags));
  const Symlink* link = as_symlink(inode.get());
  if (link == nullptr) return Errno::kInvalid;
  const size_t size = std::min<size_t>(link->size, arguments.uint32(3));
  KTRY(copy_to_user(arguments[2], link->target, size));
  return size;
}

}  // namespace strongroom::kernel
