// Futexes of the program, served inside the enclave: hashed buckets, each with a lock of its own. The host
// only parks and unparks threads.
#pragma once

#include <cstdint>

#include "kernel/result.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

// FUTEX_WAIT_BITSET: sleeps while the word at `address` is `expected`. `timeout_ns` < 0: no limit. EAGAIN,
// ETIMEDOUT, EINTR (a signal is pending), EFAULT.
Result<void> futex_wait(uint64_t address, uint32_t expected, uint32_t bitset, int64_t timeout_ns);
// FUTEX_WAKE_BITSET: wakes at most `count` waiters whose bitset meets `bitset`; yields how many.
uint32_t futex_wake(uint64_t address, uint32_t count, uint32_t bitset);
// FUTEX_CMP_REQUEUE (with `check`) and FUTEX_REQUEUE: wakes `wake_count` waiters and moves `move_count`
// others to `target`. Yields how many were woken or moved.
Result<uint32_t> futex_requeue(uint64_t address, uint32_t wake_count, uint64_t target, uint32_t move_count,
                               bool check, uint32_t expected);
// Takes a waiting thread out of its futex, for a signal.
void futex_interrupt(Thread& thread);
// Marks the robust mutexes that a dying thread holds (Linux Documentation/locking/robust-futex-ABI.rst).
void futex_release_robust_list(Thread& thread);

}  // namespace strongroom::kernel
