// pselect(2)
#include "kernel/syscall/select_descriptors.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

struct Mask {  // the sixth argument points to this, for want of a seventh
  uint64_t address;
  uint64_t size;
};

}  // namespace

SyscallResult sys_pselect6(const SyscallArguments& arguments) {
  const Timeout timeout = KTRY(Timeout::read_timespec(arguments[4]));
  if (arguments[5] != 0) {
    const Mask mask = KTRY(UserIn<Mask>(arguments[5]).read());
    KTRY(use_signal_mask(mask.address, mask.size));
  }
  return select_descriptors(arguments, timeout);
}

}  // namespace strongroom::kernel
