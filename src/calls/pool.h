// Switchless calls: lanes that are offered to workers who look for them, and the bell that wakes the workers.
#pragma once

#include <array>
#include <optional>

#include "calls/turn.h"

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

  // Offers a lane that is filled in to the workers of `side`, whose bell this is; `wake()` wakes all who
  // sleep on its word. True: one took it, or has answered already. False: none did in time, or there is none
  // that could, and the lane is the caller's again.
  template <typename Wake>
  bool offer(Lane& lane, uint32_t side, Bell& bell, SpinBudget& budget, const Wake& wake) {
    const bool must_wake = !somebody_looks(bell) && !worker_comes(bell);
    if (must_wake && !ring(bell)) return false;
    const uint32_t offered = side | kOffered;
    lane.turn.store(offered, std::memory_order_release);
    if (must_wake)
      wake();
    else
      pass_on(&lane);
    // A look at whether it has been taken, while it is being served, would only cost the worker the line.
    const auto answered = [&] { return take_turn(lane, side ^ kOwner); };
    uint32_t expected = offered;
    if (spinner_.spin(kPatience, budget, answered, [] { return false; }) ||
        !lane.turn.compare_exchange_strong(expected, side ^ kOwner, std::memory_order_acq_rel)) {
      in_vain_ = 0;
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

// Whether a lane was offered to `side` and is now the calling worker's.
inline bool take_offer(Lane& lane, uint32_t side) {
  uint32_t expected = side | kOffered;
  return lane.turn.load(std::memory_order_relaxed) == expected &&
         lane.turn.compare_exchange_strong(expected, side | kTaken, std::memory_order_acq_rel);
}

// Looks for offers in the lanes from `first` on and has them served, until `stop()`. Spins while that pays,
// then sleeps: `sleep(word, expected)` until the bell rings.
template <typename Serve, typename Stop, typename Sleep>
void serve_pool(const Area& area, uint32_t first, uint32_t side, Bell& bell, SpinBudget& budget,
                const Serve& serve, const Stop& stop, const Sleep& sleep) {
  // Cycles. Long enough for a caller whose call went the ordinary way, and slept, to come back; and mostly
  // short when that has led to nothing some times.
  constexpr uint64_t kMostPatience = 1'000'000, kLeastPatience = 100'000;
  constexpr uint32_t kTries = 8, kTryAgain = 16;
  uint32_t in_vain = 0;
  uint32_t last = 0;  // the lane that brought a call last, and so most likely the next
  const auto serve_from = [&](uint32_t index) {
    Lane& lane = area.lane(first + index);
    if (!take_offer(lane, side)) return false;
    last = index;
    serve(lane);
    return true;
  };
  const auto serve_one = [&] {
    for (uint32_t i = 0; i < kPooledLanes; ++i)
      if (serve_from((last + i) % kPooledLanes)) return true;
    return false;
  };
  FirstLook first_look;
  const auto serve_at_once = [&] {
    first_look.wait();
    const bool came = serve_from(last);
    first_look.learn(came);
    return came;
  };
  const auto look = [&] {
    constexpr int kLooks = 8;
    const uint64_t patience = in_vain < kTries || in_vain % kTryAgain == 0 ? kMostPatience : kLeastPatience;
    uint64_t idle_since = timestamp();
    bool any = false;
    while (timestamp() - idle_since < patience) {
      bool served = false;
      for (int i = 0; i < kLooks && !served; ++i) {
        served = serve_from(last);
        if (!served) pause();
      }
      if (!served && !serve_one()) continue;
      any = true;
      do {
        if (stop()) return;
      } while (serve_at_once());
      idle_since = timestamp();
    }
    in_vain = any ? 0 : in_vain + 1;
  };
  while (!stop()) {
    const bool may_look = budget.enter_first();
    if (may_look) bell.looking.fetch_add(1, std::memory_order_relaxed);
    bell.word.fetch_and(~uint32_t{kRung});
    if (may_look) {
      look();
      bell.looking.fetch_sub(1, std::memory_order_relaxed);
      budget.leave_first();
    }
    uint32_t value = bell.word.load(std::memory_order_acquire);
    // Who rang while this worker was awake already: nobody comes any more, and nobody is to make room.
    const uint32_t asleep = (value | kWorkerSleeps) & ~uint32_t{kRung};
    if (value != asleep && !bell.word.compare_exchange_strong(value, asleep)) continue;
    // What was offered before the bell said that somebody sleeps.
    if (serve_one() || stop()) continue;
    sleep(bell.word, asleep);
  }
}

}  // namespace strongroom::calls
