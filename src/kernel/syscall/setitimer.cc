// setitimer(2)
#include "kernel/clock.h"
#include "kernel/syscall/interval_value.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

Result<uint64_t> to_ns(const IntervalValue::Time& time) {
  if (time.microseconds < 0 || time.microseconds >= 1'000'000) return Errno::kInvalid;
  return static_cast<uint64_t>(KTRY(to_ns(TimeSpec{time.seconds, time.microseconds * 1000})));
}

}  // namespace

SyscallResult sys_setitimer(const SyscallArguments& arguments) {
  const int which = arguments.int32(0);
  if (which < kRealTimer || which > kLastTimer) return Errno::kInvalid;
  if (which != kRealTimer) return Errno::kNoSystemCall;
  IntervalValue value{};
  if (arguments[1] != 0) value = KTRY(UserIn<IntervalValue>(arguments[1]).read());
  const uint64_t left = KTRY(to_ns(value.left));
  const uint64_t interval = KTRY(to_ns(value.interval));
  const IntervalTimer before = KTRY(set_interval_timer({left, interval}));
  if (arguments[2] != 0) KTRY(UserOut<IntervalValue>(arguments[2]).write(to_value(before)));
  return 0;
}

}  // namespace strongroom::kernel
