#include "kernel/call_area.h"
#include "kernel/port/port.h"
#include "kernel/syscall/table.h"

namespace strongroom::kernel {

SyscallResult sys_call_wait(const SyscallArguments& arguments) {
  const uint64_t wake = arguments[0], wait = arguments[1];
  // Each with the word behind it.
  const auto usable = [](uint64_t address) {
    return address == 0 || (is_call_word(address) && is_call_word(address + sizeof(uint32_t)));
  };
  if (!usable(wake) || !usable(wait)) return Errno::kInvalid;
  switch (port::call_wait(wake, wait, arguments.uint32(2), arguments.int64(3))) {
    case -static_cast<int64_t>(Errno::kAgain):
      return Errno::kAgain;
    case -static_cast<int64_t>(Errno::kTimedOut):
      return Errno::kTimedOut;
    default:
      return 0;
  }
}

}  // namespace strongroom::kernel
