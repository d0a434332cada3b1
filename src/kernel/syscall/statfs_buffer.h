// struct statfs, as statfs(2) and fstatfs(2) give it to the program.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// EFAULT. There is one file system; it is of tmpfs's kind and as large as the enclave's memory.
Result<void> write_statfs(uint64_t address);

}  // namespace strongroom::kernel
