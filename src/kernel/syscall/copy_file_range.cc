// copy_file_range(2)
#include <fcntl.h>

#include <initializer_list>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/copy_between.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_copy_file_range(const SyscallArguments& arguments) {
  const Ref<OpenFile> in = KTRY(file_system().descriptors.get(arguments.int32(0)));
  const Ref<OpenFile> out = KTRY(file_system().descriptors.get(arguments.int32(2)));
  CopyEnd from = KTRY(CopyEnd::at(in, arguments[1]));
  CopyEnd to = KTRY(CopyEnd::at(out, arguments[3]));
  if (arguments.uint32(5) != 0) return Errno::kInvalid;
  for (const Ref<OpenFile>& file : {in, out}) {
    if (file->inode->kind == InodeKind::kDirectory) return Errno::kIsDirectory;
    if (file->inode->kind != InodeKind::kRegular) return Errno::kInvalid;
  }
  if (!in->readable() || !out->writable() || (out->flags & O_APPEND) != 0) return Errno::kBadFile;
  const uint64_t size = arguments[4];
  const uint64_t start = KTRY(from.offset());
  const uint64_t target = KTRY(to.offset());
  if (size > INT64_MAX - start || size > INT64_MAX - target) return Errno::kOverflow;
  const bool overlap = start < target + size && target < start + size;
  if (in->inode.get() == out->inode.get() && overlap) return Errno::kInvalid;
  const size_t done = KTRY(copy_between(from, to, size));
  KTRY(from.finish());
  KTRY(to.finish());
  return done;
}

}  // namespace strongroom::kernel
