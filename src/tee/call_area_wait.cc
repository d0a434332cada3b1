#include "tee/call_area_wait.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/processors.h"
#include "kernel/host_interface.h"

namespace strongroom::tee {

int64_t wait_in_call_area(std::span<uint8_t> area, uint64_t wake, uint64_t wait, uint32_t expected,
                          int64_t timeout_ns) {
  const auto is_word = [&](uint64_t offset) {
    // With the one behind it.
    return offset < area.size() && area.size() - offset >= 2 * sizeof(uint32_t) &&
           offset % sizeof(uint32_t) == 0;
  };
  const auto processor_behind = [&](uint64_t offset) -> std::atomic<uint32_t>& {
    return *reinterpret_cast<std::atomic<uint32_t>*>(area.data() + offset + sizeof(uint32_t));
  };
  if (wake != kernel::kNoCallWord) {
    if (!is_word(wake)) return -EINVAL;
    const bool goes_on = wait == kernel::kNoCallWord;
    processor_behind(wake).store(goes_on ? static_cast<uint32_t>(sched_getcpu()) + 1 : 0,
                                 std::memory_order_relaxed);
    syscall(SYS_futex, area.data() + wake, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  if (wait == kernel::kNoCallWord) return 0;
  if (!is_word(wait)) return -EINVAL;
  const timespec limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const long result = syscall(SYS_futex, area.data() + wait, FUTEX_WAIT, expected,
                              timeout_ns < 0 ? nullptr : &limit, nullptr, 0);
  const int error_number = errno;
  const uint32_t waker = processor_behind(wait).load(std::memory_order_relaxed);
  if (result == 0 && waker != 0) leave_processor(waker - 1);
  return result == 0 || error_number == EINTR ? 0 : -error_number;
}

}  // namespace strongroom::tee
