// ask_keeper: one message to the keeper and its answer. The kernel carries bytes; who encrypts and checks
// them is the library in the program.
#include "arch/own_calls.h"
#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/syscall/table.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

SyscallResult sys_ask_keeper(const SyscallArguments& arguments) {
  const uint64_t size = arguments[1], capacity = arguments[3];
  if (size == 0 || size > arch::kMaximumKeeperMessage) return Errno::kMessageSize;
  Exchange& exchange = *current_thread().exchange;
  if (!copy_user_to_host(exchange.payload, arguments[0], size).ok()) {
    clear_host(exchange.payload, size);  // part of it may have been copied
    return Errno::kFault;
  }
  const int64_t result = host_call(HostCall::kAskKeeper, size);
  if (result <= 0 || static_cast<uint64_t>(result) > arch::kMaximumKeeperMessage) {
    clear_host(exchange.payload, size);
    return result == -static_cast<int64_t>(Errno::kNoSystemCall) ? Errno::kNoSystemCall : Errno::kIo;
  }
  const auto count = static_cast<uint64_t>(result);
  Result<void> copied = count > capacity ? Result<void>(Errno::kMessageSize)
                                         : copy_host_to_user(arguments[2], exchange.payload, count);
  clear_host(exchange.payload, count > size ? count : size);
  KTRY(copied);
  return count;
}

}  // namespace strongroom::kernel
