#include "kernel/syscall/statfs_buffer.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <algorithm>

#include "kernel/fs/file_system.h"
#include "kernel/memory_limits.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

static_assert(sizeof(struct statfs) == 120);

Result<void> write_statfs(uint64_t address) {
  const MemoryLimits memory = memory_limits();
  struct statfs buffer {};
  buffer.f_type = TMPFS_MAGIC;
  buffer.f_bsize = kBlockSize;
  buffer.f_frsize = kBlockSize;
  buffer.f_blocks = memory.limit / kBlockSize;
  buffer.f_bfree = (memory.limit - std::min(memory.used, memory.limit)) / kBlockSize;
  buffer.f_bavail = buffer.f_bfree;
  buffer.f_namelen = kMaximumNameSize;
  return UserOut<struct statfs>(address).write(buffer);
}

}  // namespace strongroom::kernel
