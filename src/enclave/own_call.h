// The system calls of Strongroom's kernel.
#pragma once

#include <cerrno>

#include "arch/own_calls.h"

namespace strongroom::enclave {

// A result >= 0, or a negated errno: -ENOSYS outside an enclave. The number is an immediate, so that the
// image builder lets the call jump straight into the kernel.
template <arch::OwnCall kCall>
inline int64_t own_call(uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
  int64_t result;
  register uint64_t fourth asm("r10") = d;
  asm volatile("mov %[number], %%eax\n\tsyscall"
               : "=&a"(result)
               : [number] "i"(static_cast<uint32_t>(kCall)), "D"(a), "S"(b), "d"(c), "r"(fourth)
               : "rcx", "r11", "memory");
  return result;
}

// Where this enclave is, and its call area. Asked once. All zeros outside an enclave; no call area: size 0.
const arch::CallAreaPlace& place();

}  // namespace strongroom::enclave
