// Where the threads of the port "process" run. The machine's scheduler likes to leave a thread beside its
// creator or its waker, where neither can wait for the other by spinning.
#pragma once

#include <cstdint>

namespace strongroom::kernel::port::process {

// A set of them.
struct Processors {
  static constexpr uint32_t kMost = 1024;
  uint64_t words[kMost / 64] = {};

  [[nodiscard]] bool has(uint32_t i) const { return (words[i / 64] >> i % 64 & 1) != 0; }
  void add(uint32_t i) { words[i / 64] |= uint64_t{1} << i % 64; }
};

// Of the calling thread, as the machine counts.
uint32_t current_processor();

// Both move the calling thread once; it may move on from there. Nothing where it may not run elsewhere.
// To the usable processor of this number.
void start_on_processor(uint32_t number);
// To another one.
void leave_processor(uint32_t processor);

// Where a thread that is stopped again and again is best helped: beside it. For the guardian, whose waking on
// another processor costs far more than all else that a stop does.
class Companion {
 public:
  // After each stop.
  void follow();

 private:
  static constexpr uint32_t kStops = 16;  // on one processor, before it is worth moving
  uint32_t last_ = ~uint32_t{0};
  uint32_t stops_ = 0;
  bool beside_ = false;
  Processors all_;
};
// A thread that is about to be stopped often says where it runs.
void note_stop();

}  // namespace strongroom::kernel::port::process
