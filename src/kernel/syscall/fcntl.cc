// fcntl(2). Record locks belong to the process and there is only one: none is ever in the way.
#include <fcntl.h>
#include <unistd.h>

#include "kernel/fs/file_system.h"
#include "kernel/fs/pipe.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr uint32_t kSettable = O_APPEND | O_NONBLOCK | O_NOATIME;

SyscallResult check_lock(const OpenFile& file, uint64_t address, bool query) {
  struct flock lock = KTRY(UserIn<struct flock>(address).read());
  if (lock.l_whence < SEEK_SET || lock.l_whence > SEEK_END) return Errno::kInvalid;
  switch (lock.l_type) {
    case F_RDLCK:
      if (!query && !file.readable()) return Errno::kBadFile;
      break;
    case F_WRLCK:
      if (!query && !file.writable()) return Errno::kBadFile;
      break;
    case F_UNLCK:
      if (!query) break;
      [[fallthrough]];
    default:
      return Errno::kInvalid;
  }
  if (!query) return 0;
  lock.l_type = F_UNLCK;
  KTRY(UserOut<struct flock>(address).write(lock));
  return 0;
}

SyscallResult add_seals(const OpenFile& file, uint32_t seals) {
  RegularFile* regular = as_regular(file.inode.get());
  constexpr uint32_t kKnown = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
  if (!file.writable()) return Errno::kPerm;
  if (regular == nullptr || (seals & ~kKnown) != 0) return Errno::kInvalid;
  MutexLock guard(regular->lock);
  if ((regular->seals & F_SEAL_SEAL) != 0) return Errno::kPerm;
  regular->seals |= seals;
  return 0;
}

}  // namespace

SyscallResult sys_fcntl(const SyscallArguments& arguments) {
  DescriptorTable& descriptors = file_system().descriptors;
  const int descriptor = arguments.int32(0);
  const Ref<OpenFile> file = KTRY(file_system().descriptors.get_any(arguments.int32(0)));
  switch (arguments.uint32(1)) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: {
      const int lowest = arguments.int32(2);
      if (lowest < 0 || lowest >= descriptors.limit) return Errno::kInvalid;
      const bool close_on_exec = arguments.uint32(1) == F_DUPFD_CLOEXEC;
      return static_cast<uint64_t>(KTRY(descriptors.add(file, close_on_exec, lowest)));
    }
    case F_GETFD:
      return uint64_t{KTRY(descriptors.close_on_exec(descriptor)) ? 1u : 0u};
    case F_SETFD:
      KTRY(descriptors.set_close_on_exec(descriptor, (arguments[2] & FD_CLOEXEC) != 0));
      return 0;
    case F_GETFL:
      return uint64_t{file->flags};
    default:
      break;
  }
  if ((file->flags & O_PATH) != 0) return Errno::kBadFile;
  switch (arguments.uint32(1)) {
    case F_SETFL: {
      const uint32_t before = file->flags;
      file->flags = (before & ~kSettable) | (arguments.uint32(2) & kSettable);
      return 0;
    }
    case F_GETLK:
      return check_lock(*file, arguments[2], true);
    case F_SETLK:
    case F_SETLKW:
      return check_lock(*file, arguments[2], false);
    case F_GETPIPE_SZ:
      if (file->inode->kind != InodeKind::kPipe) return Errno::kBadFile;
      return Pipe::kCapacity;
    case F_ADD_SEALS:
      return add_seals(*file, arguments.uint32(2));
    case F_GET_SEALS: {
      RegularFile* regular = as_regular(file->inode.get());
      if (regular == nullptr) return Errno::kInvalid;
      MutexLock guard(regular->lock);
      return uint64_t{regular->seals};
    }
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
