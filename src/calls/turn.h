// Handing a lane to the other side, and waiting to get it back.
#pragma once

#include "calls/area.h"
#include "calls/spin.h"

namespace strongroom::calls {

// Gives the lane to `side` (kHost or kEnclave). True: the other side sleeps and must be woken.
inline bool hand_over(Lane& lane, uint32_t side) {
  const bool sleeps = (lane.turn.exchange(side, std::memory_order_acq_rel) & kSleeping) != 0;
  pass_on(&lane);
  return sleeps;
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

// Says on the word, which is `turn` then, that this side sleeps. False: its turn has come.
template <uint32_t kSide>
inline bool announce_sleep(Lane& lane, uint32_t& turn) {
  turn = kSide ^ kOwner;  // as hand_over() left it; most often it is
  while (!lane.turn.compare_exchange_strong(turn, turn | kSleeping, std::memory_order_acq_rel)) {
    // Back already: then the other side is awake, whatever hand_over() saw. To sleep now would be for ever.
    if ((turn & kOwner) == kSide) return false;
    if ((turn & kSleeping) != 0) return true;
  }
  turn |= kSleeping;
  return true;
}

// Sleeps until it is the turn of `side`. Who wakes it is not believed: it looks.
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool sleep_until_turn(Lane& lane, bool must_wake, const Sleeper& sleeper) {
  uint32_t turn;
  while (announce_sleep<kSide>(lane, turn)) {
    if (!sleeper.sleep(lane.turn, turn, must_wake)) return false;
    must_wake = false;
  }
  return true;
}

// The rest of wait_for_turn(). Inlined, for it is on the way of each call that finds the other side asleep.
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool wait_for_late_turn(Lane& lane, Spinner& spinner, SpinBudget& budget,
                                                      bool must_wake, const Sleeper& sleeper) {
  if (budget.none()) return sleep_until_turn<kSide>(lane, must_wake, sleeper);
  const uint64_t began = timestamp();
  // Who was woken will soon answer, and who was answered may soon call again: it pays to stay awake. Where it
  // has not paid lately, waking and going to sleep are one step.
  const uint64_t most = must_wake ? spinner.patience() : spinner.patience_with_awake();
  if ((!must_wake || (most != 0 && budget.has_room())) && !sleeper.give_up()) {
    if (must_wake) sleeper.wake(lane.turn);
    must_wake = false;
    if (spinner.wait(
            most, budget, [&] { return take_turn(lane, kSide); }, [&] { return sleeper.give_up(); }))
      return true;
  }
  if (!sleep_until_turn<kSide>(lane, must_wake, sleeper)) return false;
  spinner.slept(timestamp() - began);
  return true;
}

// Whether the lane comes back to `side` so soon that there is no more to waiting than a first look.
template <uint32_t kSide>
inline bool comes_at_once(Lane& lane, Spinner& spinner, const SpinBudget& budget) {
  return spinner.comes_at_once(budget, [&] { return take_turn(lane, kSide); });
}

// How one thread waits for its turn at lanes, which are those of `side`. SLEEPER:
//   void wake(std::atomic<uint32_t>& word)    wakes the other side, and goes on
//   bool sleep(std::atomic<uint32_t>& word, uint32_t expected, bool must_wake)
//       wakes the other side where it must, sleeps while the word is `expected`, and may return at any time;
//       false gives up
//   bool give_up()                            whether the processor is needed for somebody else
template <uint32_t kSide, typename Sleeper>
[[gnu::always_inline]] inline bool wait_for_turn(Lane& lane, Spinner& spinner, SpinBudget& budget,
                                                 bool must_wake, const Sleeper& sleeper) {
  if (!must_wake && comes_at_once<kSide>(lane, spinner, budget)) [[likely]]
    return true;
  return wait_for_late_turn<kSide>(lane, spinner, budget, must_wake, sleeper);
}

}  // namespace strongroom::calls
