// select(2) and pselect6(2).
#pragma once

#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timeout.h"

namespace strongroom::kernel {

// arguments: count, read set, write set, exception set, the rest is not looked at.
SyscallResult select_descriptors(const SyscallArguments& arguments, const Timeout& timeout);

}  // namespace strongroom::kernel
