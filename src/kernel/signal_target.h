// Who a signal goes to.
#pragma once

#include "kernel/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/thread.h"

namespace strongroom::kernel {

// Sends to one thread; signal 0 only asks whether it runs. ESRCH, EINVAL.
inline SyscallResult signal_thread(int32_t id, int32_t signal) {
  if (signal < 0 || signal > kSignalCount || id <= 0) return Errno::kInvalid;
  Thread* thread = find_thread(id);
  if (thread == nullptr) return Errno::kNoProcess;
  if (signal != 0) send_signal(*thread, signal);
  return 0;
}

}  // namespace strongroom::kernel
