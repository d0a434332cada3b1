// Whether it pays to wait by spinning.
#pragma once

#include <algorithm>
#include <cstdint>

namespace strongroom::calls {

// Learns from how long waits lasted, those also in which the waiter slept. A wait that ended within `most`
// though both sides had to be woken would have ended within it by spinning, too: so two sides that have both
// gone to sleep find back, each by itself, whatever sleeping and waking cost. Where spinning does not keep
// this promise (it takes the processor that the other side needs), ever more evidence is asked for. Has no
// clock; one unit throughout. For one thread at a time.
class Patience {
 public:
  constexpr explicit Patience(uint64_t most) : most_(most), next_(most) {}

  // How long to spin in the next wait; 0: not at all. Now and then spinning is tried without hope, and for
  // longer: where the other side does its work in time but has to be woken first.
  [[nodiscard]] uint64_t next() const { return next_; }

  // Whether that is because it has helped lately.
  [[nodiscard]] bool hopeful() const { return hopeful_; }

  // A wait ended while the waiter was spinning.
  void came_in_time() {
    next_ = most_;
    hopeful_ = true;
    in_vain_ = 0;
    evidence_ = 1;
    short_ = 0;
  }
  // The waiter has spun as long as next() said, and sleeps now.
  void spun_in_vain() {
    if (hopeful_ && ++in_vain_ < kOften) return;
    hopeful_ = false;
    evidence_ = std::min<uint8_t>(2 * evidence_, kMostEvidence);
    short_ = 0;
    next_ = 0;
    until_trial_ = kTryAgain * evidence_;
  }
  // A wait that lasted so long in all has ended by being woken.
  void slept(uint64_t lasted) {
    if (hopeful_) return;
    if (--until_trial_ == 0) next_ = 2 * most_;
    if (lasted > most_) {
      short_ = 0;
      return;
    }
    if (++short_ < evidence_) return;
    next_ = most_;
    hopeful_ = true;
    in_vain_ = kOften - 1;
  }

 private:
  static constexpr uint8_t kOften = 2;  // once may be chance
  static constexpr uint8_t kTryAgain = 32, kMostEvidence = 8;

  const uint64_t most_;
  uint64_t next_;
  uint32_t until_trial_ = 0;  // waits, while there is no hope
  // Together, to be set by one instruction.
  bool hopeful_ = true;
  uint8_t in_vain_ = 0;   // waits in a row, while there is hope
  uint8_t evidence_ = 1;  // how many short waits give hope
  uint8_t short_ = 0;     // waits in a row, since there is none, that spinning would have met
};

}  // namespace strongroom::calls
