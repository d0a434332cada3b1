// clone3(2), for threads.
#include <linux/sched.h>

#include "arch/image_header.h"
#include "kernel/clone.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_clone3(const SyscallArguments& arguments) {
  if (arguments[1] < CLONE_ARGS_SIZE_VER0) return Errno::kInvalid;
  if (arguments[1] > arch::kPageSize) return Errno::kTooBig;
  clone_args args{};
  KTRY(copy_from_user(&args, arguments[0], arguments[1] < sizeof args ? arguments[1] : sizeof args));
  for (uint64_t at = sizeof args; at < arguments[1]; ++at)
    if (KTRY(UserIn<uint8_t>(arguments[0] + at).read()) != 0) return Errno::kTooBig;
  if (args.stack == 0 || args.stack_size == 0) return Errno::kInvalid;
  if (args.set_tid_size != 0 || args.cgroup != 0) return Errno::kInvalid;
  return clone_thread({.flags = args.flags,
                       .stack_top = args.stack + args.stack_size,
                       .parent_tid = args.parent_tid,
                       .child_tid = args.child_tid,
                       .tls = args.tls});
}

}  // namespace strongroom::kernel
