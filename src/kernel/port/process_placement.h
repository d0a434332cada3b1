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

// Keeps a thread that is stopped again and again on the guardian's own processor, for as long as that goes
// on. Waking each other across processors costs far more than all else that a stop does; but the machine's
// scheduler, which sees an idle processor and two who wake each other, parts them.
class Companion {
 public:
  // Before each stopped thread goes on.
  void stopped(long thread);
  // Whether a thread is kept here: then leave() is due when it stops no more.
  [[nodiscard]] bool keeps() const { return keeps_; }
  void leave();

 private:
  static constexpr uint32_t kStops = 16;           // in a row, before a thread is kept
  static constexpr uint32_t kMost = 4096;          // after which the scheduler may choose again
  static constexpr uint64_t kInARow = 10'000'000;  // cycles between two stops, at most

  long thread_ = 0;
  uint32_t stops_ = 0;
  uint64_t last_ = 0;
  bool keeps_ = false;
  Processors all_;
};

}  // namespace strongroom::kernel::port::process
