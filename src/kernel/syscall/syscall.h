// The shape of a system call. Each stands in a file of its own, NAME.cc, as `sys_NAME`; syscall/table.h lists
// them all.
#pragma once

#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// The six arguments in the order of the System V ABI (rdi, rsi, rdx, r10, r8, r9).
struct SyscallArguments {
  uint64_t value[6];

  [[nodiscard]] uint64_t operator[](int index) const { return value[index]; }
  // Arguments that the C prototype declares as int or unsigned int: the upper half of the register is
  // ignored.
  [[nodiscard]] int32_t int32(int index) const { return static_cast<int32_t>(value[index]); }
  [[nodiscard]] uint32_t uint32(int index) const { return static_cast<uint32_t>(value[index]); }
  [[nodiscard]] int64_t int64(int index) const { return static_cast<int64_t>(value[index]); }
};

// A value is returned in rax as it is; an Errno as its negation.
using SyscallResult = Result<uint64_t>;

}  // namespace strongroom::kernel
