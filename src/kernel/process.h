// The one process of an enclave.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::kernel {

inline constexpr uint32_t kProcessId = 1;  // also its group and session; it has no parent
inline constexpr size_t kThreadNameSize = 16;

// The calling thread's name, NUL-ended; only the calling thread uses it.
char* thread_name();

// Whether `id` is a live thread's.
bool thread_exists(uint32_t id);

}  // namespace strongroom::kernel
