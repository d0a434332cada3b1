// New threads.
#pragma once

#include <cstdint>

#include "kernel/syscall/syscall.h"

namespace strongroom::kernel {

struct CloneRequest {
  uint64_t flags;
  uint64_t stack_top;
  uint64_t parent_tid;  // address
  uint64_t child_tid;   // address
  uint64_t tls;
};

// clone(2) and clone3(2) for threads: yields the new thread's id. ENOSYS for a new process: an enclave holds
// one. EAGAIN beyond the manifest's `threads`.
SyscallResult clone_thread(const CloneRequest& request);

}  // namespace strongroom::kernel
