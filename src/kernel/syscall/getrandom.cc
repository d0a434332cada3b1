// getrandom(2): the processor's randomness; it never blocks.
#include <sys/random.h>

#include "kernel/random.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_getrandom(const SyscallArguments& arguments) {
  if ((arguments.uint32(2) & ~static_cast<uint32_t>(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0)
    return Errno::kInvalid;
  uint8_t buffer[256];
  const uint64_t size = arguments[1] < INT32_MAX ? arguments[1] : INT32_MAX;
  for (uint64_t done = 0; done < size;) {
    const uint64_t piece = size - done < sizeof buffer ? size - done : sizeof buffer;
    fill_random(buffer, piece);
    KTRY(copy_to_user(arguments[0] + done, buffer, piece));
    done += piece;
  }
  __builtin_memset(buffer, 0, sizeof buffer);
  asm volatile("" : : "r"(buffer) : "memory");
  return size;
}

}  // namespace strongroom::kernel
