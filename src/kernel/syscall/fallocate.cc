// fallocate(2), with the modes that tmpfs has: none, keep the size, punch a hole.
#include <fcntl.h>

#include "kernel/fs/file_system.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {
namespace {

Result<void> allocate_range(RegularFile& file, uint64_t offset, uint64_t end, bool punch, bool keep_size) {
  MutexLock guard(file.lock);
  if (punch) {
    if ((file.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0) return Errno::kPerm;
    KTRY(file.content.punch(offset, end - offset));
  } else {
    const bool grows = end > file.content.size();
    if (grows && (file.seals & F_SEAL_GROW) != 0) return Errno::kPerm;
    KTRY(file.content.reserve(offset, end - offset));
    if (grows && !keep_size) KTRY(file.content.resize(end));
  }
  file.stamp_modified();
  return {};
}

}  // namespace

SyscallResult sys_fallocate(const SyscallArguments& arguments) {
  const uint32_t mode = arguments.uint32(1);
  const int64_t offset = arguments.int64(2);
  const int64_t size = arguments.int64(3);
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get(arguments.int32(0)));
  if (offset < 0 || size <= 0) return Errno::kInvalid;
  const bool punch = (mode & FALLOC_FL_PUNCH_HOLE) != 0;
  const bool keep_size = (mode & FALLOC_FL_KEEP_SIZE) != 0;
  if ((mode & ~static_cast<uint32_t>(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) != 0 ||
      (punch && !keep_size)) {
    return Errno::kNotSupported;
  }
  if (!file->writable()) return Errno::kBadFile;
  if (file->inode->kind == InodeKind::kPipe || file->inode->kind == InodeKind::kConsole) {
    return Errno::kIllegalSeek;
  }
  RegularFile* regular = as_regular(file->inode.get());
  if (regular == nullptr) return Errno::kNoSuchDevice;
  int64_t end;
  if (__builtin_add_overflow(offset, size, &end)) return Errno::kFileTooBig;
  KTRY(allocate_range(*regular, static_cast<uint64_t>(offset), static_cast<uint64_t>(end), punch, keep_size));
  return 0;
}

}  // namespace strongroom::kernel
