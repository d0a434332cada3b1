#include "kernel/syscall/timeout.h"

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/signal.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

struct Time {  // struct timespec and struct timeval
  int64_t seconds;
  int64_t parts;
};

}  // namespace

Result<Timeout> Timeout::read(uint64_t address, int64_t parts_of_second) {
  Timeout timeout;
  if (address == 0) return timeout;
  const Time time = KTRY(UserIn<Time>(address).read());
  if (time.seconds < 0 || time.parts < 0 || time.parts >= parts_of_second) return Errno::kInvalid;
  timeout.address_ = address;
  timeout.parts_of_second_ = parts_of_second;
  timeout.nanoseconds_ = INT64_MAX;
  if (time.seconds < INT64_MAX / kNanoseconds) {
    timeout.nanoseconds_ = time.seconds * kNanoseconds + time.parts * (kNanoseconds / parts_of_second);
  }
  if (timeout.nanoseconds_ > 0) timeout.started_ = monotonic_ns();
  return timeout;
}

Result<Timeout> Timeout::read_timespec(uint64_t address) {
  return read(address, kNanoseconds);
}

Result<Timeout> Timeout::read_timeval(uint64_t address) {
  return read(address, 1'000'000);
}

Timeout Timeout::milliseconds(int64_t count) {
  Timeout timeout;
  if (count >= 0) timeout.nanoseconds_ = count * 1'000'000;
  return timeout;
}

void Timeout::write_back() const {
  if (address_ == 0) return;
  const uint64_t passed = nanoseconds_ > 0 ? monotonic_ns() - started_ : 0;
  const int64_t left =
      nanoseconds_ - static_cast<int64_t>(std::min(passed, static_cast<uint64_t>(nanoseconds_)));
  const Time time{left / kNanoseconds, left % kNanoseconds / (kNanoseconds / parts_of_second_)};
  (void)UserOut<Time>(address_).write(time);
}

Result<void> use_signal_mask(uint64_t address, uint64_t size) {
  if (address == 0) return {};
  if (size != sizeof(uint64_t)) return Errno::kInvalid;
  set_signal_mask_for_call(KTRY(UserIn<uint64_t>(address).read()));
  return {};
}

}  // namespace strongroom::kernel
