// The caller's side of switchless calls: lanes that are offered to workers who look for them, and the bell
// that wakes the workers.
#pragma once

#include <array>
#include <optional>

#include "calls/attendance.h"

namespace strongroom::calls {

// Which pooled lanes of one direction the calling side has lent to calls. In its private memory. Thread safe.
class LanePool {
 public:
  std::optional<uint32_t> claim() {
    // The lowest first: it is the one that was used last, and where workers look first.
    for (uint32_t i = 0; i < kPooledLanes; ++i)
      if (!lent_[i].load(std::memory_order_relaxed) && !lent_[i].exchange(true, std::memory_order_acquire))
        return i;
    return std::nullopt;
  }
  void release(uint32_t index) { lent_[index].store(false, std::memory_order_release); }

 private:
  std::array<std::atomic<bool>, kPooledLanes> lent_{};
};

inline bool somebody_looks(const Bell& bell) {
  return bell.looking.load(std::memory_order_relaxed) != 0;
}

// Rings for workers that sleep. True: the caller must wake all who sleep on the word.
inline bool ring(Bell& bell) {
  uint32_t value = bell.word.load(std::memory_order_acquire);
  return (value & kWorkerSleeps) != 0 &&
         bell.word.compare_exchange_strong(value, ((value & ~kWorkerSleeps) | kRung) + kRing);
}

// Whether a worker was called and is on its way.
inline bool worker_comes(const Bell& bell) {
  return (bell.word.load(std::memory_order_relaxed) & kRung) != 0;
}

// How one thread offers its calls. A worker that looks, or has been rung for, takes an offer soon, unless the
// machine runs something else in its place; where that has happened twice, no more is offered for a moment.
class Offers {
 public:
  // How many cycles none is offered then, and how many times that takes.
  static constexpr uint64_t kRest = 500'000;
  static constexpr uint32_t kTries = 2;

  [[nodiscard]] bool pay() const { return in_vain_ < kTries || timestamp() - since_ > kRest; }

  // A worker takes what was offered.
  void taken() { in_vain_ = 0; }

  // Whether the answer comes soon. Each look at whether the call has been taken, while it is being served,
  // would only cost the worker the line.
  bool answered_soon(Lane& lane, uint32_t side) {
    return spinner_.comes_soon([&] { return take_turn(lane, side ^ kOwner); });
  }

  // Where a lane was offered to the workers of `side`, whose bell this is, and none is there: waits for one.
  // `wake()` wakes all who sleep on the bell's word. True: one took it, or has answered already. False: none
  // did in time, or there is none that could, and the lane is the caller's again.
  template <typename Wake>
  bool wait_for_worker(Lane& lane, uint32_t side, Bell& bell, SpinBudget& budget, const Wake& wake) {
    if (!somebody_looks(bell) && !worker_comes(bell)) {
      if (!ring(bell)) return !take_back(lane, side);
      wake();
    }
    const auto answered = [&] { return take_turn(lane, side ^ kOwner); };
    if (spinner_.spin(kPatience, budget, answered, [] { return false; }) || !take_back(lane, side)) {
      taken();
      return true;
    }
    if (++in_vain_ >= kTries) since_ = timestamp();
    return false;
  }

 private:
  // Cycles. A worker that was interrupted comes back, and so does one that is woken; the ordinary way, with
  // its worker asleep, is as dear as that on a virtual machine.
  static constexpr uint64_t kPatience = 300'000;
  Spinner spinner_{kPatience};
  uint64_t since_ = 0;
  uint32_t in_vain_ = 0;
};

}  // namespace strongroom::calls
