#include "kernel/syscall/stat_buffer.h"

#include <sys/stat.h>

#include "kernel/fs/file_attributes.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct timespec time_of(uint64_t stamp) {
  const StampParts parts = split_stamp(stamp);
  return {parts.seconds, parts.nanoseconds};
}

// gnu_dev_makedev() of small numbers.
constexpr uint64_t device(uint32_t major, uint32_t minor) {
  return uint64_t{major} << 8 | minor;
}

}  // namespace

static_assert(sizeof(struct stat) == 144);

Result<void> write_stat(uint64_t address, Inode& inode) {
  const FileAttributes attributes = attributes_of(inode);
  struct stat buffer {};
  buffer.st_dev = device(0, kDeviceMinor);
  buffer.st_ino = attributes.number;
  buffer.st_nlink = attributes.links;
  buffer.st_mode = attributes.mode;
  buffer.st_rdev = device(attributes.device_major, attributes.device_minor);
  buffer.st_size = static_cast<int64_t>(attributes.size);
  buffer.st_blksize = kBlockSize;
  buffer.st_blocks = static_cast<int64_t>(attributes.memory / 512);
  buffer.st_atim = time_of(attributes.times.access);
  buffer.st_mtim = time_of(attributes.times.modification);
  buffer.st_ctim = time_of(attributes.times.change);
  return UserOut<struct stat>(address).write(buffer);
}

}  // namespace strongroom::kernel
