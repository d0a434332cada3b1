// Decisions without branches, for code that must execute alike whatever it decides: a condition is a mask of
// all ones or all zeros.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::kernel::port::sgx {

using Mask = uint64_t;

// The compiler must not know that it is a mask, or it would make branches of it.
inline Mask hidden(Mask value) {
  asm("" : "+r"(value));
  return value;
}
inline Mask is_zero(uint64_t value) {
  return hidden(((value | (uint64_t{0} - value)) >> 63) - 1);
}
inline Mask equal(uint64_t a, uint64_t b) {
  return is_zero(a ^ b);
}
inline Mask less(uint64_t a, uint64_t b) {
  const uint64_t borrow = (~a & b) | ((~a | b) & (a - b));
  return hidden(uint64_t{0} - (borrow >> 63));
}
inline Mask bit(uint64_t value, unsigned position) {
  return hidden(uint64_t{0} - (value >> position & 1));
}
inline uint64_t choose(Mask mask, uint64_t then, uint64_t otherwise) {
  return (mask & then) | (~mask & otherwise);
}

// table[index] by looking at all of it; 0 where it is not in the table.
template <typename T>
uint64_t look_up(const T* table, size_t count, uint64_t index) {
  uint64_t out = 0;
  for (size_t i = 0; i < count; ++i) out |= equal(i, index) & table[i];
  return out;
}

}  // namespace strongroom::kernel::port::sgx
