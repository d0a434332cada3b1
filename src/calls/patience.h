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
  constexpr explicit Patience(uint64_t most) : most_(most) {}

  // How long to spin in the next wait; 0: not at all. Now and then spinning is tried without hope, and for
  // longer: where the other side does its work in time but has to be woken first.
  [[nodiscard]] uint64_t next() const { return hopeful_ ? most_ : hopeless_ >= try_at() ? 2 * most_ : 0; }

  // Whether that is because it has helped lately.
  [[nodiscard]] bool hopeful() const { return hopeful_; }

  // A wait ended while the waiter was spinning.
  void came_in_time() {
    hopeful_ = true;
    in_vain_ = 0;
    evidence_ = 1;
  }
  // A wait that lasted so long in all has ended by being woken. `spun`: after spinning as long as next()
  // said.
  void slept(uint64_t lasted, bool spun) {
    if (spun) failed();
    if (hopeful_) return;
    ++hopeless_;
    short_ = lasted <= most_ ? short_ + 1 : 0;
    if (short_ < evidence_) return;
    hopeful_ = true;
    in_vain_ = kOften - 1;
  }

 private:
  static constexpr uint32_t kOften = 2;  // once may be chance
  static constexpr uint32_t kTryAgain = 32, kMostEvidence = 8;

  [[nodiscard]] uint32_t try_at() const { return kTryAgain * evidence_; }
  void failed() {
    if (hopeful_ && ++in_vain_ < kOften) return;
    hopeful_ = false;
    hopeless_ = short_ = 0;
    evidence_ = std::min(2 * evidence_, kMostEvidence);
  }

  uint64_t most_;
  bool hopeful_ = true;
  uint32_t in_vain_ = 0;   // waits in a row, while there is hope
  uint32_t hopeless_ = 0;  // waits since there is none
  uint32_t short_ = 0;     // of these, in a row, that spinning would have met
  uint32_t evidence_ = 1;  // how many of them give hope
};

}  // namespace strongroom::calls
