// Handing a lane to the other side, and waiting to get it back.
#pragma once

#include "calls/area.h"
#include "calls/spin.h"

namespace strongroom::calls {

// Gives the lane to `side` (kHost or kEnclave). True: the other side sleeps and must be woken.
inline bool hand_over(Lane& lane, uint32_t side) {
  return (lane.turn.exchange(side, std::memory_order_acq_rel) & kSleeping) != 0;
}

inline bool is_turn_of(const Lane& lane, uint32_t side) {
  return (lane.turn.load(std::memory_order_acquire) & kOwner) == side;
}

// Waits until the lane is `side`'s. `must_wake`: what hand_over() said; then the other side has to be woken
// before anything else, so there is no spinning. `sleep(word, expected, must_wake)` wakes the other side
// where it must, sleeps while the word is `expected`, and may return at any time; false gives up.
template <typename Sleep>
bool wait_for_turn(Lane& lane, uint32_t side, Spinner& spinner, bool must_wake, const Sleep& sleep) {
  if (!must_wake && spinner.wait([&] { return is_turn_of(lane, side); })) return true;
  while (true) {
    uint32_t turn = lane.turn.load(std::memory_order_acquire);
    // Back already: then the other side is awake, whatever hand_over() saw. To sleep now would be for ever.
    if ((turn & kOwner) == side) return true;
    if ((turn & kSleeping) == 0) {
      if (!lane.turn.compare_exchange_strong(turn, turn | kSleeping, std::memory_order_acq_rel)) continue;
      turn |= kSleeping;
    }
    if (!sleep(lane.turn, turn, must_wake)) return false;
    must_wake = false;
  }
}

}  // namespace strongroom::calls
