// How a pooled lane goes from a caller to a worker and back without a locked instruction on the way, which
// each side would wait for.
//
// A worker that looks for calls stands at one lane, and says so in its Attendance. What is offered at a lane
// where nobody stands may be taken by any worker, and taken back by its caller: by compare and exchange, so
// that one of them gets it. Where a worker stands, nobody else takes anything and the caller takes nothing
// back: a plain read and a plain write will do. Both sides find out where they are by the same rule: each
// writes first, its offer or that it comes or goes, then has a full fence, then looks at what the other
// wrote. So of a caller that offers and a worker that comes or goes at the same time, at least one sees the
// other:
//
// - The worker came, and sees an offer: the caller may not know of it. It is taken by compare and exchange.
// - The worker came, and sees none: whoever offers from now on knows of it.
// - The worker went: what it sees once more, the caller may count on it to take, or may take back. It is
//   taken by compare and exchange.
//
// The same with the end of a call: the worker answers, has a fence, then looks whether the caller sleeps.
// The fences come when the line is on its way to the other side already.
//
// What a lying host gains: calls that are served twice or never, which it can have without a lie.
#pragma once

#include "calls/message.h"

namespace strongroom::calls {

// Not std::atomic_thread_fence, which ThreadSanitizer does not know.
inline void full_fence() {
  asm volatile("lock orl $0, (%%rsp)" : : : "memory", "cc");
}

// The caller's half. A lane that is filled in is offered to `side`. True: a worker is there and takes it.
// False: whoever takes it may still come; take_back() ends that.
inline bool offer(Lane& lane, const Attendance& attendance, uint32_t side) {
  lane.turn.store(side | kOffered, std::memory_order_release);
  pass_on(&lane);
  full_fence();
  return attendance.worker.load(std::memory_order_relaxed) != 0;
}

// Whether the lane is its caller's again. False: it has been taken.
inline bool take_back(Lane& lane, uint32_t side) {
  uint32_t offered = side | kOffered;
  return lane.turn.compare_exchange_strong(offered, side ^ kOwner, std::memory_order_acq_rel);
}

// For a caller that sleeps on the turn, from before it looks at it for the last time.
class CallerSleeps {
 public:
  explicit CallerSleeps(Attendance& attendance) : attendance_(attendance) {
    attendance_.caller_sleeps.exchange(1);
  }
  ~CallerSleeps() { attendance_.caller_sleeps.store(0, std::memory_order_relaxed); }
  CallerSleeps(const CallerSleeps&) = delete;
  CallerSleeps& operator=(const CallerSleeps&) = delete;

 private:
  Attendance& attendance_;
};

// The worker's half.
inline bool is_offered(const Lane& lane, uint32_t side) {
  return (lane.turn.load(std::memory_order_acquire) & (kOwner | kOffered)) == (side | kOffered);
}

// Whether a lane was offered to `side` and is now the calling worker's.
inline bool take_offer(Lane& lane, uint32_t side) {
  uint32_t turn = lane.turn.load(std::memory_order_relaxed);
  return (turn & (kOwner | kOffered)) == (side | kOffered) &&
         lane.turn.compare_exchange_strong(turn, side | kTaken | (turn & kSleeping),
                                           std::memory_order_acq_rel);
}

// The answer to the call that came with the lane. True: its caller sleeps on the turn and must be woken.
inline bool answer_offer(Lane& lane, const Attendance& attendance, uint32_t side) {
  write_pair(lane.message, static_cast<uint64_t>(LaneMessage::kReturn), 0);
  lane.turn.store(side, std::memory_order_release);
  pass_on(&lane);
  full_fence();
  return attendance.caller_sleeps.load(std::memory_order_relaxed) != 0;
}

// Where one worker stands; it must leave() in the end. SERVE: void(Lane&), which answers. For one thread.
template <typename Serve>
class Attendant {
 public:
  // Of the lanes from `first` on, which are offered to `side`.
  Attendant(const Area& area, uint32_t first, uint32_t side, const Serve& serve)
      : area_(area), first_(first), side_(side), serve_(serve) {}
  Attendant(const Attendant&) = delete;
  Attendant& operator=(const Attendant&) = delete;

  // Goes to a lane, if it stands at none: the one where it was last, or the first where nobody is.
  void stand() {
    for (uint32_t i = 0; i < kPooledLanes && !stands_; ++i) go((here_ + i) % kPooledLanes);
  }
  // Whether something was offered at its lane, and has been served.
  bool serve_here() {
    if (!stands_) return false;
    Lane& lane = area_.lane(first_ + here_);
    if (!is_offered(lane, side_)) {
      all_know_ = true;
      return false;
    }
    if (!all_know_ && !take_offer(lane, side_)) return false;
    serve_(lane);
    all_know_ = true;
    return true;
  }
  // The same of any lane; it goes there.
  bool serve_anywhere() {
    for (uint32_t i = 0; i < kPooledLanes; ++i) {
      const uint32_t index = (here_ + i) % kPooledLanes;
      if (is_offered(area_.lane(first_ + index), side_) && go(index) && serve_here()) return true;
    }
    return false;
  }
  // Whether it had to serve what was offered meanwhile.
  bool leave() {
    if (!stands_) return false;
    stands_ = false;
    area_.attendance(first_ + here_).worker.store(0, std::memory_order_relaxed);
    full_fence();
    Lane& lane = area_.lane(first_ + here_);
    if (!take_offer(lane, side_)) return false;
    serve_(lane);
    return true;
  }

 private:
  bool go(uint32_t index) {
    if (stands_ && index == here_) return true;
    std::atomic<uint32_t>& worker = area_.attendance(first_ + index).worker;
    if (worker.load(std::memory_order_relaxed) != 0) return false;
    leave();
    uint32_t nobody = 0;
    if (!worker.compare_exchange_strong(nobody, 1)) return false;
    here_ = index;
    stands_ = true;
    all_know_ = false;
    return true;
  }

  const Area& area_;
  uint32_t first_, side_;
  const Serve& serve_;
  uint32_t here_ = 0;
  bool stands_ = false;
  bool all_know_ = false;  // whoever offers here from now on knows that this worker is here
};

}  // namespace strongroom::calls
