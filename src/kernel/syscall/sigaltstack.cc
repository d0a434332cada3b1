// sigaltstack(2).
#include "kernel/signal.h"
#include "kernel/syscall/table.h"
#include "kernel/trap.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_sigaltstack(const SyscallArguments& arguments) {
  constexpr int32_t kOnStack = 1, kDisable = 2;
  constexpr uint64_t kSmallest = 2048;  // MINSIGSTKSZ
  const UserIn<SignalStack> wanted(arguments[0]);
  const UserOut<SignalStack> previous(arguments[1]);
  SignalStack& stack = current_thread().signal_stack;
  SignalStack before = stack;
  const bool in_use = stack.size != 0 && current_frame().rsp - stack.base <= stack.size;
  if (stack.size == 0) before.flags = kDisable;
  if (in_use) before.flags = kOnStack;
  if (!wanted.is_null()) {
    const SignalStack next = KTRY(wanted.read());
    if (in_use) return Errno::kPerm;
    if ((next.flags & ~kDisable) != 0) return Errno::kInvalid;
    if ((next.flags & kDisable) != 0) {
      stack = {};
    } else {
      if (next.size < kSmallest) return Errno::kNoMemory;
      stack = next;
    }
  }
  if (!previous.is_null()) KTRY(previous.write(before));
  return 0;
}

}  // namespace strongroom::kernel
