// Futexes in memory that processes share (futex(2)), for waits in which each instruction counts: no errno, no
// call of the C library, and so no registers to keep.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace strongroom {

// A result, or a negated errno.
inline long futex(const std::atomic<uint32_t>& word, int operation, uint32_t value,
                  const timespec* limit = nullptr) {
  long result;
  register const timespec* fourth asm("r10") = limit;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(SYS_futex), "D"(&word), "S"(operation), "d"(value), "r"(fourth)
               : "rcx", "r11", "memory");
  return result;
}

inline void futex_wake(const std::atomic<uint32_t>& word, uint32_t most) {
  futex(word, FUTEX_WAKE, most);
}
// Sleeps while the word is `expected`, at most `limit` long. 0: woken, which may be without reason.
inline long futex_wait(const std::atomic<uint32_t>& word, uint32_t expected,
                       const timespec* limit = nullptr) {
  return futex(word, FUTEX_WAIT, expected, limit);
}

}  // namespace strongroom
