// Timeouts that a system call is given.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// A struct timespec that the call updates with the time that is left, as Linux's ppoll and pselect6 do.
class Timeout {
 public:
  // No limit if `address` is 0. EINVAL for a malformed time, EFAULT.
  static Result<Timeout> read_timespec(uint64_t address);
  static Result<Timeout> read_timeval(uint64_t address);
  static Timeout milliseconds(int64_t count);  // < 0: no limit

  [[nodiscard]] int64_t nanoseconds() const { return nanoseconds_; }  // < 0: no limit
  // Writes back what is left. A fault is ignored: the call has succeeded.
  void write_back() const;

 private:
  static Result<Timeout> read(uint64_t address, int64_t parts_of_second);
  uint64_t address_ = 0;
  int64_t parts_of_second_ = 0;  // the unit of the second field
  int64_t nanoseconds_ = -1;
  uint64_t started_ = 0;
};

// Puts the signal mask of ppoll(2) and its kin into force for the call; none if `address` is 0.
Result<void> use_signal_mask(uint64_t address, uint64_t size);

}  // namespace strongroom::kernel
