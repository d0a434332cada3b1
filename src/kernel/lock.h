// Mutual exclusion and waiting inside the kernel. A thread that waits is parked; nothing spins for long.
#pragma once

#include <atomic>
#include <cstdint>

namespace strongroom::kernel {

// Waits until `word` is no longer `expected` or wake() is called on it; may return early. `timeout_ns` < 0:
// no limit. False on timeout.
bool wait_on(std::atomic<uint32_t>& word, uint32_t expected, int64_t timeout_ns = -1);
// Wakes at most `count` waiters of `word`.
void wake(std::atomic<uint32_t>& word, uint32_t count);

// Not recursive. Three states, as in "Futexes Are Tricky" (U. Drepper, 2011), section 5.
class Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() {
    uint32_t state = 0;
    if (!state_.compare_exchange_strong(state, 1, std::memory_order_acquire)) lock_contended(state);
  }
  void unlock() {
    if (state_.exchange(0, std::memory_order_release) == 2) wake(state_, 1);
  }

 private:
  void lock_contended(uint32_t state) {
    if (state != 2) state = state_.exchange(2, std::memory_order_acquire);
    while (state != 0) {
      wait_on(state_, 2);
      state = state_.exchange(2, std::memory_order_acquire);
    }
  }
  std::atomic<uint32_t> state_{0};
};

class [[nodiscard]] MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Lets threads sleep until something changes. Take a ticket under the lock that guards the condition, release
// the lock, then wait:
//   { MutexLock lock(m); if (ready()) ...; ticket = queue.ticket(); }  queue.wait(ticket);
class WaitQueue {
 public:
  [[nodiscard]] uint32_t ticket() const { return generation_.load(std::memory_order_acquire); }
  bool wait(uint32_t ticket, int64_t timeout_ns = -1) { return wait_on(generation_, ticket, timeout_ns); }
  void wake_all() {
    generation_.fetch_add(1, std::memory_order_release);
    wake(generation_, UINT32_MAX);
  }

 private:
  std::atomic<uint32_t> generation_{0};
};

}  // namespace strongroom::kernel
