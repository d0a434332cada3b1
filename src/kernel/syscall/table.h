// Every system call that the kernel serves: X(number, name), numbers as in
// arch/x86/entry/syscalls/syscall_64.tbl of Linux.
#pragma once

#include "kernel/syscall/syscall.h"

// clang-format off
#define STRONGROOM_SYSCALLS(X) \
  X(9, mmap)                   \
  X(10, mprotect)              \
  X(11, munmap)                \
  X(12, brk)                   \
  X(13, rt_sigaction)          \
  X(14, rt_sigprocmask)        \
  X(24, sched_yield)           \
  X(25, mremap)                \
  X(28, madvise)               \
  X(35, nanosleep)             \
  X(39, getpid)                \
  X(56, clone)                 \
  X(60, exit)                  \
  X(62, kill)                  \
  X(96, gettimeofday)          \
  X(131, sigaltstack)          \
  X(158, arch_prctl)           \
  X(186, gettid)               \
  X(200, tkill)                \
  X(201, time)                 \
  X(202, futex)                \
  X(204, sched_getaffinity)    \
  X(218, set_tid_address)      \
  X(228, clock_gettime)        \
  X(229, clock_getres)         \
  X(230, clock_nanosleep)      \
  X(231, exit_group)           \
  X(234, tgkill)               \
  X(273, set_robust_list)      \
  X(274, get_robust_list)      \
  X(309, getcpu)               \
  X(318, getrandom)            \
  X(324, membarrier)           \
  X(435, clone3)
// clang-format on

namespace strongroom::kernel {
#define STRONGROOM_DECLARE(number, name) SyscallResult sys_##name(const SyscallArguments& arguments);
STRONGROOM_SYSCALLS(STRONGROOM_DECLARE)
#undef STRONGROOM_DECLARE
}  // namespace strongroom::kernel
