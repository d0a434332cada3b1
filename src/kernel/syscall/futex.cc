// futex(2). A futex is the same shared or private: there is one process.
#include "kernel/futex.h"

#include <linux/futex.h>

#include "kernel/clock.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// The timeout at `address` from now on, in ns; -1 for none.
Result<int64_t> timeout_from_now(uint64_t address, bool absolute, bool realtime) {
  if (address == 0) return int64_t{-1};
  const int64_t ns = KTRY(to_ns(KTRY(UserIn<TimeSpec>(address).read())));
  if (!absolute) return ns;
  const int64_t left = ns - (realtime ? realtime_ns() : monotonic_ns());
  return left > 0 ? left : 0;
}

int32_t sign_extend_12(uint32_t value) {
  return static_cast<int32_t>(value << 20) >> 20;
}

// FUTEX_WAKE_OP: changes the second word, wakes waiters of the first, and of the second where its old value
// compares so.
SyscallResult wake_op(const SyscallArguments& arguments) {
  const uint32_t encoded = arguments.uint32(5);
  const uint32_t operation = encoded >> 28 & 7;
  const bool shift = (encoded >> 28 & FUTEX_OP_OPARG_SHIFT) != 0;
  const uint32_t comparison = encoded >> 24 & 15;
  int32_t operand = sign_extend_12(encoded >> 12 & 0xfff);
  const int32_t limit = sign_extend_12(encoded & 0xfff);
  if (shift) operand = static_cast<int32_t>(1u << (static_cast<uint32_t>(operand) & 31));
  const auto argument = static_cast<uint32_t>(operand);
  uint32_t old = KTRY(UserIn<uint32_t>(arguments[4]).read());
  while (true) {
    uint32_t changed = 0;
    switch (operation) {
      case FUTEX_OP_SET:
        changed = argument;
        break;
      case FUTEX_OP_ADD:
        changed = old + argument;
        break;
      case FUTEX_OP_OR:
        changed = old | argument;
        break;
      case FUTEX_OP_ANDN:
        changed = old & ~argument;
        break;
      case FUTEX_OP_XOR:
        changed = old ^ argument;
        break;
      default:
        return Errno::kNoSystemCall;
    }
    if (KTRY(compare_exchange_user(arguments[4], old, changed))) break;
  }
  const auto value = static_cast<int32_t>(old);
  bool met = false;
  switch (comparison) {
    case FUTEX_OP_CMP_EQ:
      met = value == limit;
      break;
    case FUTEX_OP_CMP_NE:
      met = value != limit;
      break;
    case FUTEX_OP_CMP_LT:
      met = value < limit;
      break;
    case FUTEX_OP_CMP_LE:
      met = value <= limit;
      break;
    case FUTEX_OP_CMP_GT:
      met = value > limit;
      break;
    case FUTEX_OP_CMP_GE:
      met = value >= limit;
      break;
    default:
      return Errno::kNoSystemCall;
  }
  uint32_t woken = futex_wake(arguments[0], arguments.uint32(2), UINT32_MAX);
  if (met) woken += futex_wake(arguments[4], arguments.uint32(3), UINT32_MAX);
  return woken;
}

}  // namespace

SyscallResult sys_futex(const SyscallArguments& arguments) {
  const uint64_t address = arguments[0];
  const uint32_t operation = arguments.uint32(1);
  const uint32_t value = arguments.uint32(2);
  const bool realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
  switch (operation & static_cast<uint32_t>(FUTEX_CMD_MASK)) {
    case FUTEX_WAIT:
      KTRY(futex_wait(address, value, FUTEX_BITSET_MATCH_ANY,
                      KTRY(timeout_from_now(arguments[3], false, realtime))));
      return 0;
    case FUTEX_WAIT_BITSET:
      if (arguments.uint32(5) == 0) return Errno::kInvalid;
      KTRY(futex_wait(address, value, arguments.uint32(5),
                      KTRY(timeout_from_now(arguments[3], true, realtime))));
      return 0;
    case FUTEX_WAKE:
      return futex_wake(address, value, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
      if (arguments.uint32(5) == 0) return Errno::kInvalid;
      return futex_wake(address, value, arguments.uint32(5));
    case FUTEX_REQUEUE:
      return KTRY(futex_requeue(address, value, arguments[4], arguments.uint32(3), false, 0));
    case FUTEX_CMP_REQUEUE:
      return KTRY(
          futex_requeue(address, value, arguments[4], arguments.uint32(3), true, arguments.uint32(5)));
    case FUTEX_WAKE_OP:
      return wake_op(arguments);
    default:
      return Errno::kNoSystemCall;
  }
}

}  // namespace strongroom::kernel
