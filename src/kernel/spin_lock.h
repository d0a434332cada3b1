// A lock for a few instructions, never held over a wait or a host call.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/processor.h"

namespace strongroom::kernel {

class SpinLock {
 public:
  void lock() {
    while (taken_.exchange(1, std::memory_order_acquire) != 0)
      while (taken_.load(std::memory_order_relaxed) != 0) processor::pause();
  }
  void unlock() { taken_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint32_t> taken_{0};
};

class [[nodiscard]] SpinGuard {
 public:
  explicit SpinGuard(SpinLock& lock) : lock_(lock) { lock_.lock(); }
  ~SpinGuard() { lock_.unlock(); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace strongroom::kernel
