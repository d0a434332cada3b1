// The least that a virtual machine costs on this machine, whoever makes it.
#pragma once

#include <memory>

#include "strongroom/result.h"

namespace strongroom::bench {

// Creates a machine with one page of memory and one processor, runs one `hlt` in it, and takes all of it
// down. Microseconds.
Result<double> bare_machine();

// A machine whose one processor is in ring 3 of long mode: what a trapped system call costs there when ring 0
// does nothing but go back. Nanoseconds for SYSCALL, ring 0, IRETQ to ring 3.
Result<double> bare_trap();

// The same machine, whose program does nothing but `out` to a port: one exit to the monitor and the entry
// back. Nanoseconds, the median of many.
Result<double> bare_exit();

}  // namespace strongroom::bench
