// Waiting and waking in the call area on behalf of an enclave that cannot do it itself (HostCall::kCallWait).
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/futex.h"
#include "base/processors.h"

namespace strongroom::tee {

// The words of a call area, by their offsets from its start, which are checked here. They stand in memory
// that the application changes at will; the worst that it gets is a thread that sleeps.
class CallWords {
 public:
  explicit CallWords(std::span<uint8_t> area)
      : area_(area.data()), words_(area.size() < kPair ? 0 : area.size() / kWord - 1) {}

  // Of this address, where it lies in the area.
  [[nodiscard]] uint64_t offset_of(uint64_t address) const {
    return address - reinterpret_cast<uint64_t>(area_);
  }
  // Whether it is that of an aligned word with another behind it.
  [[nodiscard]] bool has(uint64_t offset) const { return std::rotr(offset, kWordBits) < words_; }

  // Of a word: wakes one who sleeps on it, and says on which processor the waker goes on, if it does.
  void wake(uint64_t offset, bool goes_on) const {
    word(offset + kWord).store(goes_on ? current_processor_plus_one() : 0, std::memory_order_relaxed);
    futex_wake(word(offset), 1);
    // Where the machine puts the other thread on this processor, it begins at once, and moves away.
    if (goes_on) yield_processor();
  }
  // Of a word: sleeps while it is `expected`. 0 or a negated errno.
  [[nodiscard]] long wait(uint64_t offset, uint32_t expected, const timespec* limit) const {
    return futex_wait(word(offset), expected, limit);
  }
  // Of a word, after wait(): whether who woke this thread goes on where it is now, and it has to leave.
  [[nodiscard]] bool is_in_the_way(uint64_t offset) const {
    return word(offset + kWord).load(std::memory_order_relaxed) == current_processor_plus_one();
  }

 private:
  static constexpr uint64_t kWord = sizeof(uint32_t), kPair = 2 * kWord;
  // Bits of an offset that are zero where it is aligned; rotated, others make it larger than any area.
  static constexpr int kWordBits = 2;
  [[nodiscard]] std::atomic<uint32_t>& word(uint64_t offset) const {
    return *reinterpret_cast<std::atomic<uint32_t>*>(area_ + offset);
  }

  uint8_t* area_;
  uint64_t words_;  // at which a pair begins
};

// As kernel/host_interface.h says of kCallWait.
int64_t wait_in_call_area(const CallWords& words, uint64_t wake, uint64_t wait, uint32_t expected,
                          int64_t timeout_ns);

}  // namespace strongroom::tee
