// Switchless calls: lanes that are offered to workers who look for them, and the bell that wakes the workers.
#pragma once

#include <bit>
#include <optional>

#include "calls/turn.h"

namespace strongroom::calls {

// Which pooled lanes of one direction the calling side has lent to calls. In its private memory. Thread safe.
class LanePool {
 public:
  std::optional<uint32_t> claim() {
    uint32_t free = free_.load(std::memory_order_relaxed);
    while (free != 0) {
      if (free_.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire))
        return static_cast<uint32_t>(std::countr_zero(free));
    }
    return std::nullopt;
  }
  void release(uint32_t index) { free_.fetch_or(1u << index, std::memory_order_release); }

 private:
  std::atomic<uint32_t> free_{(1u << kPooledLanes) - 1};
};

// Offers a lane that is filled in to the workers of `side`. True: one took it, or has answered already.
// False: none did while `spinner` waited, and the lane is the caller's again.
inline bool offer(Lane& lane, uint32_t side, Spinner& spinner) {
  const uint32_t offered = side | kOffered;
  lane.turn.store(offered, std::memory_order_release);
  if (spinner.wait([&] { return (lane.turn.load(std::memory_order_acquire) & kOffered) == 0; })) return true;
  uint32_t expected = offered;
  return !lane.turn.compare_exchange_strong(expected, side ^ kOwner, std::memory_order_acq_rel);
}

// Whether a lane was offered to `side` and is now the calling worker's.
inline bool take_offer(Lane& lane, uint32_t side) {
  uint32_t expected = side | kOffered;
  return lane.turn.load(std::memory_order_relaxed) == expected &&
         lane.turn.compare_exchange_strong(expected, side | kTaken, std::memory_order_acq_rel);
}

// Rings for workers that sleep. True: the caller must wake all who sleep on the word.
inline bool ring(std::atomic<uint32_t>& bell) {
  uint32_t value = bell.load(std::memory_order_acquire);
  return (value & 1) != 0 && bell.compare_exchange_strong(value, (value & ~1u) + 2);
}

// Looks for offers in the lanes from `first` on and has them served, until `stop()`. Spins while that pays,
// then sleeps: `sleep(bell, expected)` until the bell rings.
template <typename Serve, typename Stop, typename Sleep>
void serve_pool(const Area& area, uint32_t first, uint32_t side, std::atomic<uint32_t>& bell,
                const Serve& serve, const Stop& stop, const Sleep& sleep) {
  constexpr uint64_t kPatience = 200'000;  // cycles
  const auto serve_one = [&] {
    for (uint32_t i = 0; i < kPooledLanes; ++i) {
      Lane& lane = area.lane(first + i);
      if (!take_offer(lane, side)) continue;
      serve(lane);
      return true;
    }
    return false;
  };
  while (!stop()) {
    uint64_t idle_since = timestamp();
    while (timestamp() - idle_since < kPatience) {
      if (serve_one())
        idle_since = timestamp();
      else
        pause();
    }
    uint32_t value = bell.load(std::memory_order_acquire);
    if ((value & 1) == 0 && !bell.compare_exchange_strong(value, value | 1)) continue;
    // What was offered before the bell said that somebody sleeps.
    if (serve_one() || stop()) continue;
    sleep(bell, value | 1);
  }
}

}  // namespace strongroom::calls
