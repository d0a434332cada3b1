// A bound on evidence in evidence.
#pragma once

namespace strongroom::attest {

// One more that is open, as long as this lives. `depth` counts those of one kind in this thread: how many are
// inside each other is the sender's choice, so whoever opens one compares it with a bound.
class Nested {
 public:
  explicit Nested(unsigned& depth) : depth_(depth) { ++depth_; }
  ~Nested() { --depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  unsigned& depth_;
};

}  // namespace strongroom::attest
