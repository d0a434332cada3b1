#include "tee/call_area_wait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/host_interface.h"

namespace strongroom::tee {

int64_t wait_in_call_area(std::span<uint8_t> area, uint64_t wake, uint64_t wait, uint32_t expected,
                          int64_t timeout_ns) {
  const auto is_word = [&](uint64_t offset) {
    return offset < area.size() && offset % sizeof(uint32_t) == 0;
  };
  if (wake != kernel::kNoCallWord) {
    if (!is_word(wake)) return -EINVAL;
    syscall(SYS_futex, area.data() + wake, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  if (wait == kernel::kNoCallWord) return 0;
  if (!is_word(wait)) return -EINVAL;
  const timespec limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const long result = syscall(SYS_futex, area.data() + wait, FUTEX_WAIT, expected,
                              timeout_ns < 0 ? nullptr : &limit, nullptr, 0);
  return result == 0 || errno == EINTR ? 0 : -errno;
}

}  // namespace strongroom::tee
