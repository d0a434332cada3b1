// Waiting by spinning, for as long as it pays.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "calls/patience.h"

namespace strongroom::calls {

inline void pause() {
  asm volatile("pause" : : : "memory");
}
inline uint64_t timestamp() {
  uint64_t low, high;  // the processor clears the upper halves
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return high << 32 | low;
}

// How many threads of one side may wait by spinning at the same time: one processor is left to those whom
// they wait for, so there is no spinning at all where there is but one. Thread safe.
class SpinBudget {
 public:
  explicit SpinBudget(uint32_t processors) : limit_(processors - 1) {}

  [[nodiscard]] bool none() const { return limit_ == 0; }
  // Takes a place; false: there is none.
  bool enter() {
    if (spinning_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
    leave();
    return false;
  }
  void leave() { spinning_.fetch_sub(1, std::memory_order_relaxed); }
  // Whether enter() would find a place now.
  [[nodiscard]] bool has_room() const { return spinning_.load(std::memory_order_relaxed) < limit_; }
  // Switchless workers go first: another spinner is asked to make room.
  bool enter_first() {
    if (first_.fetch_add(1, std::memory_order_relaxed) < limit_) {
      spinning_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    first_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  void leave_first() {
    first_.fetch_sub(1, std::memory_order_relaxed);
    leave();
  }
  // Whether one more who wants to spin would have to wait for another to stop.
  [[nodiscard]] bool full() const {
    return limit_ == 1 || spinning_.load(std::memory_order_relaxed) >= limit_;
  }
  // Whether one who spins and is not first has to make room.
  [[nodiscard]] bool crowded() const { return spinning_.load(std::memory_order_relaxed) > limit_; }

 private:
  const uint32_t limit_;
  std::atomic<uint32_t> spinning_{0}, first_{0};
};

// Asks the processor to put a line that has been written, and that the other side will look at next, where
// both can reach it: from there it comes in less than half the time that it takes from this processor's own
// cache. A hint; processors that do not have it take the instruction for a NOP (Intel SDM volume 2A,
// CLDEMOTE).
inline void pass_on(const void* line) {
  asm volatile("cldemote %0" : : "m"(*static_cast<const char*>(line)) : "memory");
}

// When to look for an answer first. Looking takes the line from who is about to write to it, and costs that
// side two moves of the line: a look that comes in vain is dearer than one that comes a little late. So this
// learns how long answers take, from how many of a few looks came in vain. One late answer teaches nothing:
// a look in vain makes the other side late, whose next look then comes in vain, and both would wait ever
// longer for each other. For one thread at a time.
class FirstLook {
 public:
  // What `ready()` answers when it is time. That is learnt from in the next look, while there is nothing else
  // to do: not now, when somebody waits for what comes next.
  template <typename Ready>
  bool look(const Ready& ready) {
    learn(last_was_ready_);
    wait();
    return last_was_ready_ = ready();
  }
  // A function of its own, so that whoever counts instructions can tell waiting from work.
  [[gnu::noinline]] void wait() const {
    for (uint32_t i = 0; i < steps_ * kStep; ++i) asm volatile("");
  }
  // What a look after wait() saw.
  void learn(bool was_ready) {
    if (!was_ready) ++in_vain_;
    if (++looks_ < kLooks) return;
    if (in_vain_ >= kMany)
      steps_ = std::min(steps_ + (in_vain_ > kLooks / 2 ? 2 : 1), kMost);
    else if (in_vain_ == 0 && steps_ > 0)
      --steps_;
    looks_ = in_vain_ = 0;
  }
  // How long wait() lasts, in steps: at most kMost.
  [[nodiscard]] uint32_t steps() const { return steps_; }

  // It learns from so many looks together.
  static constexpr uint32_t kLooks = 8, kMost = 128;

 private:
  // A step is some three nanoseconds: a pause takes, by processor, between five and fifty.
  static constexpr uint32_t kStep = 8, kMany = 2;
  uint32_t steps_ = 16, looks_ = 0, in_vain_ = 0;
  bool last_was_ready_ = true;
};

// Whether `ready()` became true at one of a few looks.
template <typename Ready>
inline bool look_on(const Ready& ready) {
  constexpr int kShort = 64;
  for (int i = 0; i < kShort; ++i) {
    pause();
    if (ready()) return true;
  }
  return false;
}

// The same for so many cycles.
template <typename Ready>
inline bool comes_within(uint64_t cycles, const Ready& ready) {
  const uint64_t start = timestamp();
  do {
    for (int i = 0; i < 8; ++i) {
      if (ready()) return true;
      pause();
    }
  } while (timestamp() - start < cycles);
  return false;
}

// For how long at most who waits for a call or its answer spins, on both sides: what sleeping and being woken
// costs both where that is dear, in a virtual machine and on one, and a copy of a large argument. Cycles.
inline constexpr uint64_t kSpinCycles = 525'000;

// How one waiter spins before it sleeps, for as long as that pays. For one thread at a time.
class Spinner {
 public:
  // `most`: processor cycles.
  constexpr explicit Spinner(uint64_t most) : patience_(most), moment_(std::min(most, kMoment)) {}

  // Whether `ready()` is true at the first look, where spinning helps. If not, wait() comes next.
  template <typename Ready>
  bool comes_at_once(const SpinBudget& budget, const Ready& ready) {
    return patience_.hopeful() && !budget.none() && first_look_.look(ready);
  }

  // For how many cycles it pays to spin for who has to be woken first; 0: not at all.
  [[nodiscard]] uint64_t patience() const { return patience_.next(); }
  // The same for who is awake: it may well answer soon, whatever was lately.
  [[nodiscard]] uint64_t patience_with_awake() const { return std::max(patience_.next(), moment_); }

  // Whether `ready()` became true in time; if not, slept() is to follow. `most`: as above says, and not 0.
  // `give_up()`: whether others need the processor more.
  template <typename Ready, typename GiveUp>
  [[gnu::always_inline]] bool wait(uint64_t most, SpinBudget& budget, const Ready& ready,
                                   const GiveUp& give_up) {
    const Spun spun = spin_on(most, budget, ready, give_up);
    if (spun == Spun::kInTime) {
      patience_.came_in_time();
      return true;
    }
    if (spun == Spun::kInVain && most > moment_) patience_.spun_in_vain();
    return false;
  }

  // The wait is over, and lasted so many cycles, with what was slept.
  void slept(uint64_t cycles) { patience_.slept(cycles); }

  // Whether `ready()` became true while it spun, come what may, for a few looks.
  template <typename Ready>
  bool comes_soon(const Ready& ready) {
    return first_look_.look(ready) || look_on(ready);
  }
  // The same for `most` cycles.
  template <typename Ready, typename GiveUp>
  bool spin(uint64_t most, SpinBudget& budget, const Ready& ready, const GiveUp& give_up) {
    return first_look_.look(ready) || spin_on(most, budget, ready, give_up) == Spun::kInTime;
  }

 private:
  static constexpr uint64_t kMoment = 20'000;

  enum class Spun { kInTime, kInVain, kNotAllowed };

  template <typename Ready, typename GiveUp>
  [[gnu::always_inline]] static inline Spun spin_on(uint64_t most, SpinBudget& budget, const Ready& ready,
                                                    const GiveUp& give_up) {
    // What comes at once needs no place among those who wait for long.
    if (look_on(ready)) return Spun::kInTime;
    if (!budget.enter()) return Spun::kNotAllowed;
    const Spun spun = spin_long(most, budget, ready, give_up);
    budget.leave();
    return spun;
  }

  template <typename Ready, typename GiveUp>
  [[gnu::always_inline]] static inline Spun spin_long(uint64_t most, const SpinBudget& budget,
                                                      const Ready& ready, const GiveUp& give_up) {
    const uint64_t start = timestamp();
    do {
      for (int i = 0; i < 8; ++i) {
        if (ready()) return Spun::kInTime;
        pause();
      }
      if (timestamp() - start >= most) return Spun::kInVain;
    } while (!budget.crowded() && !give_up());
    return Spun::kNotAllowed;
  }

  Patience patience_;
  const uint64_t moment_;
  FirstLook first_look_;
};

}  // namespace strongroom::calls
