// Handing a lane to the other side, and waiting to get it back.
#pragma once

#include "calls/area.h"
#include "calls/spin.h"

namespace strongroom::calls {

// What a lane's turn said of the other side when it was handed over: kSleeping, where that sleeps and must be
// woken, and with it kSeat. 0: it is awake.
using Asleep = uint32_t;
inline Asleep asleep_on(uint32_t seat) {
  return kSleeping | (seat + 1) << kSeatShift;
}
// The index of the seat. kWorkerLanes or more: it sleeps on the turn, or not at all.
inline uint32_t seat_of(Asleep asleep) {
  return (asleep >> kSeatShift) - 1;
}

// Gives the lane to `side` (kHost or kEnclave).
inline Asleep hand_over(Lane& lane, uint32_t side) {
  const uint32_t turn = lane.turn.exchange(side, std::memory_order_acq_rel);
  pass_on(&lane);
  return turn & (kSleeping | kSeat);
}

inline bool is_turn_of(const Lane& lane, uint32_t side) {
  return (lane.turn.load(std::memory_order_acquire) & kOwner) == side;
}

// Whether it is; then the line of the lane is this side's with the same move that brought the news, for it
// will soon be written to.
inline bool take_turn(Lane& lane, uint32_t side) {
  if (!is_turn_of(lane, side)) return false;
  lane.processor.store(0, std::memory_order_relaxed);
  return true;
}

// Says on the lane's turn, which is `turn` then, that this side sleeps. False: its turn has come.
template <uint32_t kSide>
inline bool announce_sleep(Lane& lane, uint32_t& turn, Asleep asleep = kSleeping) {
  turn = kSide ^ kOwner;  // as hand_over() left it; most often it is
  while (!lane.turn.compare_exchange_strong(turn, turn | asleep, std::memory_order_acq_rel)) {
    // Back already: then the other side is awake, whatever hand_over() saw. To sleep now would be for ever.
    if ((turn & kOwner) == kSide) return false;
    if ((turn & kSleeping) != 0) return true;
  }
  turn |= asleep;
  return true;
}

// Sleeps until it is the turn of `side`. Who wakes it is not believed: it looks.
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool sleep_until_turn(Lane& lane, Asleep other, const Sleeper& sleeper) {
  uint32_t turn;
  while (announce_sleep<kSide>(lane, turn, sleeper.asleep())) {
    if (!sleeper.sleep(turn, other)) return false;
    if (is_turn_of(lane, kSide)) [[likely]]
      return true;
    other = 0;
  }
  return true;
}

// The rest of wait_for_turn(). Inlined, for it is on the way of each call that finds the other side asleep.
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool wait_for_late_turn(Lane& lane, Spinner& spinner, SpinBudget& budget,
                                                      Asleep other, const Sleeper& sleeper) {
  if (budget.none()) return sleep_until_turn<kSide>(lane, other, sleeper);
  const uint64_t began = timestamp();
  // Who was woken will soon answer, and who was answered may soon call again: it pays to stay awake. Where it
  // has not paid lately, waking and going to sleep are one step.
  const uint64_t most = other != 0 ? spinner.patience() : spinner.patience_with_awake();
  if ((other == 0 || (most != 0 && budget.has_room())) && !sleeper.give_up()) {
    if (other != 0) sleeper.wake();
    other = 0;
    const bool came = spinner.wait(
        most, budget, [&] { return take_turn(lane, kSide); },
        [&] { return sleeper.give_up() || sleeper.goes_elsewhere(); });
    if (sleeper.went_elsewhere()) return false;
    if (came) return true;
  }
  if (!sleep_until_turn<kSide>(lane, other, sleeper)) return false;
  spinner.slept(timestamp() - began);
  return true;
}

// Whether the lane comes back to `side` so soon that there is no more to waiting than a first look.
template <uint32_t kSide>
inline bool comes_at_once(Lane& lane, Spinner& spinner, const SpinBudget& budget) {
  return spinner.comes_at_once(budget, [&] { return take_turn(lane, kSide); });
}

// How one thread waits for its turn at lanes, which are those of `side`. SLEEPER:
//   void wake()                              wakes the other side, and goes on
//   Asleep asleep()                          where it will sleep
//   bool sleep(uint32_t turn, Asleep other)  wakes the other side where it must, sleeps on its seat, or while
//                                            the turn is `turn`, and may return at any time; false gives up
//   bool give_up()                           whether the processor is needed for somebody else
//   bool goes_elsewhere()                    while it spins: whether it waits here no more, and gives up
//   bool went_elsewhere()                    after that: whether it did
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool wait_for_turn(Lane& lane, Spinner& spinner, SpinBudget& budget,
                                                 Asleep other, const Sleeper& sleeper) {
  if (other == 0 && comes_at_once<kSide>(lane, spinner, budget)) [[likely]]
    return true;
  return wait_for_late_turn<kSide>(lane, spinner, budget, other, sleeper);
}

}  // namespace strongroom::calls
