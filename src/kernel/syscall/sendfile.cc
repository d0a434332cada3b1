// sendfile(2): from a file with a position to any but a standard stream, whose bytes must come from the
// program's memory (EINVAL; callers then read and write).
#include <fcntl.h>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/copy_between.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_sendfile(const SyscallArguments& arguments) {
  const Ref<OpenFile> out = KTRY(file_system().descriptors.get(arguments.int32(0)));
  const Ref<OpenFile> in = KTRY(file_system().descriptors.get(arguments.int32(1)));
  if (!in->readable() || !out->writable()) return Errno::kBadFile;
  if (arguments.int64(3) < 0 || in->inode->kind == InodeKind::kDirectory) return Errno::kInvalid;
  if ((out->flags & O_APPEND) != 0) return Errno::kInvalid;
  CopyEnd from = KTRY(CopyEnd::at(in, arguments[2]));
  CopyEnd to = KTRY(CopyEnd::at(out, 0));
  if (!in->seekable()) return Errno::kInvalid;
  const size_t done = KTRY(copy_between(from, to, arguments[3]));
  KTRY(from.finish());
  return done;
}

}  // namespace strongroom::kernel
