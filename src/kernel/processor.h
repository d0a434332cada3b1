// Instructions that C++ has no word for.
#pragma once

#include <cstdint>

namespace strongroom::kernel::processor {

inline void set_fs_base(uint64_t base) {
  asm volatile("wrfsbase %0" : : "r"(base));
}
inline void set_gs_base(const void* base) {
  asm volatile("wrgsbase %0" : : "r"(base));
}
inline uint64_t fs_base() {
  uint64_t base;
  asm volatile("rdfsbase %0" : "=r"(base));
  return base;
}
inline void pause() {
  asm volatile("pause" : : : "memory");
}
inline uint64_t timestamp() {
  uint32_t low, high;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
  return static_cast<uint64_t>(high) << 32 | low;
}

// The control words of SSE and x87, which a new thread inherits.
inline void get_floating_point(uint32_t& mxcsr, uint16_t& control) {
  asm volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(control));
}
inline void set_floating_point(uint32_t mxcsr, uint16_t control) {
  asm volatile("fninit; fldcw %1; ldmxcsr %0" : : "m"(mxcsr), "m"(control));
}

// The components of the extended state that are switched on (XCR0).
inline uint64_t extended_components() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

struct Cpuid {
  uint32_t a, b, c, d;
};
inline Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  Cpuid out;
  asm volatile("cpuid" : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d) : "a"(leaf), "c"(subleaf));
  return out;
}

// One random word of the processor; false when it has none at the moment (Intel SDM volume 1,
// section 7.3.17).
inline bool random(uint64_t& value) {
  bool ok;
  asm volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(ok) : : "cc");
  return ok;
}
inline bool seed(uint64_t& value) {
  bool ok;
  asm volatile("rdseed %0; setc %1" : "=r"(value), "=qm"(ok) : : "cc");
  return ok;
}

}  // namespace strongroom::kernel::processor
