// Calls to the host. Whatever comes back is untrusted and has been bounded where a bound is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/host_interface.h"

namespace strongroom::kernel {

// One call through the current thread's exchange. The payload is the caller's to fill before and to read
// after.
int64_t host_call(HostCall call, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0);

// The enclave ends, with a message for the host. No secret may stand in the message: names, causes and
// addresses only. `signal`: what Linux would end the program by.
[[noreturn]] void abort_enclave(AbortCause cause, std::string_view message, uint64_t address = 0,
                                uint64_t access_address = kNoAccessAddress, int signal = 0);
[[noreturn]] void exit_enclave(int32_t status);

// One line for `--trace`, where the host asked for it.
void trace(std::string_view line);

}  // namespace strongroom::kernel

// A defect of the kernel ends the enclave: a check that is cheap enough to stay in.
#define KERNEL_CHECK(condition)                                                            \
  do {                                                                                     \
    if (!(condition))                                                                      \
      ::strongroom::kernel::abort_enclave(::strongroom::kernel::AbortCause::kKernelDefect, \
                                          "check failed: " #condition);                    \
  } while (false)
