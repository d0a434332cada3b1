// openat(2)
#include <fcntl.h>

#include "kernel/allocate.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {
namespace {

constexpr uint32_t kLargeFile = 0100000;                   // O_LARGEFILE, which each 64-bit program has
constexpr uint32_t kTemporary = O_TMPFILE & ~O_DIRECTORY;  // __O_TMPFILE
constexpr uint32_t kOnlyWhenOpened = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

Result<Ref<Inode>> make_temporary(const PathArgument& path, uint32_t flags, uint32_t mode) {
  const Ref<Inode> directory = KTRY(find_file(path.start, path.text(), true));
  if (directory->kind != InodeKind::kDirectory) return Errno::kNotDirectory;
  auto file = Ref<RegularFile>::adopt(create<RegularFile>(mode));
  if (!file) return Errno::kNoSpace;
  file->linkable = (flags & O_EXCL) == 0;
  return Ref<Inode>(std::move(file));
}

Result<Ref<OpenFile>> open_file(const PathArgument& path, uint32_t flags, uint32_t mode) {
  Ref<Inode> inode = (flags & kTemporary) != 0
                         ? KTRY(make_temporary(path, flags, mode))
                         : KTRY(find_or_create_file(path.start, path.text(), flags, mode));
  RegularFile* regular = as_regular(inode.get());
  if (regular != nullptr && (flags & O_TRUNC) != 0) KTRY(set_file_size(*regular, 0));
  return OpenFile::open(std::move(inode), flags & ~kOnlyWhenOpened);
}

}  // namespace

SyscallResult sys_openat(const SyscallArguments& arguments) {
  uint32_t flags = arguments.uint32(2) | kLargeFile;
  if ((flags & O_PATH) != 0) flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if ((flags & O_CREAT) != 0 && (flags & O_DIRECTORY) != 0) return Errno::kInvalid;
  if ((flags & kTemporary) != 0 && ((flags & O_TMPFILE) != O_TMPFILE || (flags & O_ACCMODE) == O_RDONLY)) {
    return Errno::kInvalid;
  }
  const PathArgument path = KTRY(read_path(arguments.int32(0), arguments[1]));
  DescriptorTable& descriptors = file_system().descriptors;
  const int descriptor = KTRY(descriptors.reserve());
  Result<Ref<OpenFile>> file = open_file(path, flags, arguments.uint32(3) & 07777 & ~file_system().umask);
  if (!file.ok()) {
    descriptors.cancel(descriptor);
    return file.error();
  }
  descriptors.install(descriptor, file.take(), (flags & O_CLOEXEC) != 0);
  return static_cast<uint64_t>(descriptor);
}

}  // namespace strongroom::kernel
