// At which lanes the workers of the enclave are. One that is awake and has no call may change places with one
// that sleeps, at whose lane a call waits: then nobody has to be woken, and the processor stays with who has
// it.
#pragma once

#include <array>
#include <atomic>
#include <mutex>

#include "calls/turn.h"

namespace strongroom::enclave {

// In the enclave's private memory. Each worker is at one lane, and at each lane is one worker, whatever the
// host writes. Thread safe.
class Posts {
 public:
  explicit Posts(const calls::Area& area) : area_(area) {
    for (uint32_t i = 0; i < calls::kWorkerLanes; ++i) at_[i] = i;
    for (std::atomic<uint32_t>& lane : asleep_at_) lane = kAwake;
  }

  // Of a worker, which writes here its lane before it sleeps, and kAwake after that. What it finds there then
  // is where it is now.
  std::atomic<uint32_t>& asleep_at(uint32_t worker) { return asleep_at_[worker]; }
  static constexpr uint32_t kAwake = ~uint32_t{0};

  // Whether the calling worker, which is awake and waits for a call at `here`, now is at `there`; then the
  // one that was there sleeps on, and is at `here`. False: a call has come to `here`, or the other one
  // awakes.
  bool change_places(uint32_t worker, uint32_t here, uint32_t there) {
    const std::unique_lock lock(changing_, std::try_to_lock);
    if (!lock || there >= calls::kWorkerLanes) return false;
    const uint32_t sleeper = at_[there];
    if (asleep_at_[sleeper].load(std::memory_order_relaxed) != there) return false;
    // First, for from then on calls to `here` find somebody asleep.
    std::atomic<uint32_t>& turn = area_.lane(here).turn;
    uint32_t before = calls::kHost;
    const calls::Asleep asleep = calls::asleep_on(sleeper);
    if (!turn.compare_exchange_strong(before, calls::kHost | asleep, std::memory_order_acq_rel)) return false;
    uint32_t its_lane = there;
    if (!asleep_at_[sleeper].compare_exchange_strong(its_lane, here, std::memory_order_acq_rel)) {
      // It awakes, perhaps by a call that has come to `here` meanwhile: then the turn says no more of it.
      before = calls::kHost | asleep;
      turn.compare_exchange_strong(before, calls::kHost, std::memory_order_acq_rel);
      return false;
    }
    at_[here] = sleeper;
    at_[there] = worker;
    // Where no call has come after all: nobody sleeps there any more.
    before = calls::kHost | asleep;
    area_.lane(there).turn.compare_exchange_strong(before, calls::kHost, std::memory_order_acq_rel);
    return true;
  }

 private:
  const calls::Area& area_;
  std::mutex changing_;
  std::array<std::atomic<uint32_t>, calls::kWorkerLanes> asleep_at_;  // by worker: its lane, or kAwake
  std::array<uint32_t, calls::kWorkerLanes> at_;                      // by lane: its worker
};

}  // namespace strongroom::enclave
