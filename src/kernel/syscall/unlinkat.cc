// unlinkat(2)
#include <fcntl.h>

#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_unlinkat(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(2);
  if ((flags & ~static_cast<uint32_t>(AT_REMOVEDIR)) != 0) return Errno::kInvalid;
  const PathArgument path = KTRY(read_path(arguments.int32(0), arguments[1]));
  KTRY(remove_name(path.start, path.text(), flags != 0));
  return 0;
}

}  // namespace strongroom::kernel
