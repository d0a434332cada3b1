// prctl(2): names, and what cannot be otherwise: nothing is dumped, nothing gains privileges.
#include <sys/prctl.h>

#include <cstring>

#include "kernel/process.h"
#include "kernel/syscall/table.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {

SyscallResult sys_prctl(const SyscallArguments& arguments) {
  switch (arguments.uint32(0)) {
    case PR_SET_NAME: {
      char name[kThreadNameSize] = {};
      // Longer names are cut, not refused.
      for (size_t index = 0; index < sizeof(name) - 1; ++index) {
        KTRY(copy_from_user(&name[index], arguments[1] + index, 1));
        if (name[index] == '\0') break;
      }
      memcpy(thread_name(), name, sizeof(name));
      return 0;
    }
    case PR_GET_NAME:
      KTRY(copy_to_user(arguments[1], thread_name(), kThreadNameSize));
      return 0;
    case PR_GET_DUMPABLE:
      return 0;
    case PR_SET_DUMPABLE:
      if (arguments[1] != 0) return Errno::kInvalid;
      return 0;
    case PR_GET_NO_NEW_PRIVS:
      return 1;
    case PR_SET_NO_NEW_PRIVS:
      if (arguments[1] != 1 || arguments[2] != 0 || arguments[3] != 0 || arguments[4] != 0)
        return Errno::kInvalid;
      return 0;
    default:
      return Errno::kInvalid;
  }
}

}  // namespace strongroom::kernel
