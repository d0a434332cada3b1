// fadvise64(2). Advice is checked as Linux does, and changes nothing: files live in memory.
#include <fcntl.h>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_fadvise64(const SyscallArguments& arguments) {
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (file->inode->kind == InodeKind::kPipe) return Errno::kIllegalSeek;
  const int advice = arguments.int32(3);
  if (static_cast<int64_t>(arguments[2]) < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
    return Errno::kInvalid;
  return 0;
}

}  // namespace strongroom::kernel
