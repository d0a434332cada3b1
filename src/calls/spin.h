// Waiting by spinning, for as long as it pays.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strongroom::calls {

inline void pause() {
  asm volatile("pause" : : : "memory");
}
inline uint64_t timestamp() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return static_cast<uint64_t>(high) << 32 | low;
}

// How long one waiter spins before it sleeps: about what sleeping and being woken cost while spinning helps,
// and next to nothing while it does not; then now and then it is tried again. For one thread at a time.
class Spinner {
 public:
  // `most`: processor cycles.
  explicit Spinner(uint64_t most) : most_(most) {}

  // Whether `ready()` became true in time.
  template <typename Ready>
  bool wait(const Ready& ready) {
    if (ready()) return true;
    constexpr uint32_t kTryAgain = 32;
    if (!helps_ && ++in_vain_ % kTryAgain != 0) return false;
    const uint64_t start = timestamp();
    do {
      for (int i = 0; i < 8; ++i) {
        if (ready()) {
          helps_ = true;
          in_vain_ = 0;
          return true;
        }
        pause();
      }
    } while (timestamp() - start < most_);
    // Once may be chance.
    if (++in_vain_ >= 2) helps_ = false;
    return false;
  }

 private:
  uint64_t most_;
  bool helps_ = true;
  uint32_t in_vain_ = 0;
};

}  // namespace strongroom::calls
