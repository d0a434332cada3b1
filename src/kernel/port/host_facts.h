// What a host tells a kernel that cannot ask the machine itself, in `vm` and `sgx`: time, and what CPUID
// answers.
#pragma once

#include <cstdint>

#include "kernel/host_interface.h"

namespace strongroom::kernel {

// In Exchange::reserved of each thread; the host fills it in anew at an entry with the answer of a host call
// when it is older than a millisecond. Nanoseconds at `timestamp`, and nanoseconds a tick as a 32.32
// fixed-point number.
struct HostClock {
  uint64_t timestamp;
  int64_t realtime_ns;
  int64_t monotonic_ns;
  uint64_t ns_per_tick;
};
static_assert(sizeof(HostClock) <= sizeof(Exchange::reserved));

// In `vm` on a page of its own; in `sgx` in the payload of the first thread's exchange at its first entry.
struct CpuidEntry {
  uint32_t leaf;
  uint32_t subleaf;
  uint32_t any_subleaf;  // 1: the answer is the same for every subleaf
  uint32_t a, b, c, d;
};
inline constexpr uint32_t kCpuidCapacity = 140;
struct CpuidTable {
  uint32_t count;
  CpuidEntry entries[kCpuidCapacity];
};
static_assert(sizeof(CpuidTable) <= 4096);

}  // namespace strongroom::kernel
