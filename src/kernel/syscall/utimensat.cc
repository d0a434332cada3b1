// utimensat(2)
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "kernel/fs/timestamp.h"
#include "kernel/syscall/path_argument.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct Time {  // struct timespec
  int64_t seconds;
  int64_t nanoseconds;
};

Result<void> check(const Time& time) {
  if (time.nanoseconds == UTIME_NOW || time.nanoseconds == UTIME_OMIT) return {};
  if (time.nanoseconds < 0 || time.nanoseconds >= 1'000'000'000) return Errno::kInvalid;
  return {};
}

// Times beyond what 64 bits of nanoseconds hold (the years 1678 to 2262) become the nearest that they do.
void set(uint64_t& stamp, const Time& time, uint64_t now) {
  constexpr int64_t kFarthest = INT64_MAX / 1'000'000'000 - 1;
  if (time.nanoseconds == UTIME_OMIT) return;
  const int64_t seconds = std::clamp(time.seconds, -kFarthest, kFarthest);
  stamp =
      time.nanoseconds == UTIME_NOW ? now : static_cast<uint64_t>(seconds * 1'000'000'000 + time.nanoseconds);
}

}  // namespace

SyscallResult sys_utimensat(const SyscallArguments& arguments) {
  const uint32_t flags = arguments.uint32(3);
  if ((flags & ~static_cast<uint32_t>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return Errno::kInvalid;
  Time times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  if (arguments[2] != 0) KTRY(copy_from_user(times, arguments[2], sizeof(times)));
  if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT) return 0;
  for (const Time& time : times) KTRY(check(time));
  Ref<Inode> inode;
  if (arguments[1] == 0) {
    if (flags != 0) return Errno::kInvalid;
    inode = KTRY(file_system().descriptors.get(arguments.int32(0)))->inode;
  } else {
    inode = KTRY(find_file_at(arguments.int32(0), arguments[1], flags));
  }
  const uint64_t now = timestamp_now();
  MutexLock guard(inode->lock);
  set(inode->times.access, times[0], now);
  set(inode->times.modification, times[1], now);
  inode->times.change = now;
  return 0;
}

}  // namespace strongroom::kernel
