// statx(2)
#include <fcntl.h>
#include <sys/stat.h>

#include "kernel/fs/file_attributes.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/stat_buffer.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct statx_timestamp time_of(uint64_t stamp) {
  const StampParts parts = split_stamp(stamp);
  struct statx_timestamp time {};
  time.tv_sec = parts.seconds;
  time.tv_nsec = static_cast<uint32_t>(parts.nanoseconds);
  return time;
}

}  // namespace

SyscallResult sys_statx(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(2);
  constexpr uint32_t kKnown = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
  if ((flags & ~kKnown) != 0 || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) return Errno::kInvalid;
  if ((arguments.uint32(3) & STATX__RESERVED) != 0) return Errno::kInvalid;
  const Ref<Inode> inode = KTRY(find_file_at(arguments.int32(0), arguments[1], flags));
  const FileAttributes attributes = attributes_of(*inode);
  struct statx buffer {};
  buffer.stx_mask = STATX_BASIC_STATS | STATX_BTIME;
  buffer.stx_blksize = kBlockSize;
  buffer.stx_nlink = attributes.links;
  buffer.stx_mode = static_cast<uint16_t>(attributes.mode);
  buffer.stx_ino = attributes.number;
  buffer.stx_size = attributes.size;
  buffer.stx_blocks = attributes.memory / 512;
  buffer.stx_atime = time_of(attributes.times.access);
  buffer.stx_btime = time_of(attributes.times.birth);
  buffer.stx_ctime = time_of(attributes.times.change);
  buffer.stx_mtime = time_of(attributes.times.modification);
  buffer.stx_rdev_major = attributes.device_major;
  buffer.stx_rdev_minor = attributes.device_minor;
  buffer.stx_dev_minor = kDeviceMinor;
  KTRY(UserOut<struct statx>(arguments[4]).write(buffer));
  return 0;
}

}  // namespace strongroom::kernel
