#include "tee/call_area_wait.h"

#include <cerrno>

#include "kernel/host_interface.h"

namespace strongroom::tee {

int64_t wait_in_call_area(const CallWords& words, uint64_t wake, uint64_t wait, uint32_t expected,
                          int64_t timeout_ns) {
  if (wake != kernel::kNoCallWord) {
    if (!words.has(wake)) return -EINVAL;
    words.wake(wake, wait == kernel::kNoCallWord);
  }
  if (wait == kernel::kNoCallWord) return 0;
  if (!words.has(wait)) return -EINVAL;
  const timespec limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const long result = words.wait(wait, expected, timeout_ns < 0 ? nullptr : &limit);
  if (result == 0 && words.is_in_the_way(wait)) leave_processor(current_processor_plus_one() - 1);
  return result == -EINTR ? 0 : result;
}

}  // namespace strongroom::tee
