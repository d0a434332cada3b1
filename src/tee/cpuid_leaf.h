// CPUID of this processor.
#pragma once

#include <cpuid.h>

#include <cstdint>

namespace strongroom::tee {

struct CpuidLeaf {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

// Zeros for a leaf that the processor does not have.
inline CpuidLeaf cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  CpuidLeaf out;
  if (__get_cpuid_count(leaf, subleaf, &out.a, &out.b, &out.c, &out.d) == 0) return {};
  return out;
}

constexpr bool bit_of(uint64_t value, unsigned number) {
  return (value >> number & 1) != 0;
}

}  // namespace strongroom::tee
