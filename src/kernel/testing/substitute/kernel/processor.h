// Takes the place of kernel/processor.h where the kernel's boundary is tested on the host: the GS base is
// real, the FS base belongs to the C library and stays, and time and randomness are the test's.
#pragma once

#include <cstdint>

namespace strongroom::kernel::processor {

inline void set_fs_base(uint64_t) {}
inline uint64_t fs_base() {
  return 0;
}
// Not WRGSBASE: no emulator or debugger in between stumbles over the system call.
void set_gs_base(const void* base);
inline void pause() {}
uint64_t timestamp();
inline void get_floating_point(uint32_t& mxcsr, uint16_t& control) {
  mxcsr = 0x1f80;
  control = 0x37f;
}
inline void set_floating_point(uint32_t, uint16_t) {}

struct Cpuid {
  uint32_t a, b, c, d;
};
Cpuid cpuid(uint32_t leaf, uint32_t subleaf);
bool random(uint64_t& value);
bool seed(uint64_t& value);

}  // namespace strongroom::kernel::processor
