// The worker's side of switchless calls.
#pragma once

#include "calls/attendance.h"
#include "calls/pool.h"

namespace strongroom::calls {

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
  Attendant attendant(area, first, side, serve);
  const auto serve_here = [&] { return attendant.serve_here(); };
  FirstLook first_look;
  const auto look = [&] {
    constexpr int kLooks = 8;
    const uint64_t patience = in_vain < kTries || in_vain % kTryAgain == 0 ? kMostPatience : kLeastPatience;
    uint64_t idle_since = timestamp();
    bool any = false;
    while (timestamp() - idle_since < patience) {
      attendant.stand();
      bool served = false;
      for (int i = 0; i < kLooks && !served; ++i) {
        served = attendant.serve_here();
        if (!served) pause();
      }
      if (!served && !attendant.serve_anywhere()) continue;
      any = true;
      do {
        if (stop()) return;
      } while (first_look.look(serve_here) || look_on(serve_here));
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
    // What was offered before the bell said that somebody sleeps, and what was because somebody stood there.
    if (attendant.serve_anywhere() || attendant.leave() || stop()) continue;
    sleep(bell.word, asleep);
  }
  attendant.leave();
}

}  // namespace strongroom::calls
