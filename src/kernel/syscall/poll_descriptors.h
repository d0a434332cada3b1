// poll(2) and ppoll(2).
#pragma once

#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timeout.h"

namespace strongroom::kernel {

// `descriptors`: an array of `count` struct pollfd of the program.
SyscallResult poll_descriptors(uint64_t descriptors, uint64_t count, const Timeout& timeout);

}  // namespace strongroom::kernel
