// Byte arrays of the architecture's plain structures (uint8_t[N]) to and from those of the rest of the code
// (std::array<uint8_t, N>).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace strongroom::arch {

template <size_t N>
void copy_bytes(uint8_t (&to)[N], const std::array<uint8_t, N>& from) {
  std::copy(from.begin(), from.end(), std::begin(to));
}
template <size_t N>
void copy_bytes(uint8_t (&to)[N], const uint8_t (&from)[N]) {
  std::copy(std::begin(from), std::end(from), std::begin(to));
}

// For any array of bytes of either kind.
template <typename Bytes>
bool all_zero(const Bytes& bytes) {
  return std::all_of(std::begin(bytes), std::end(bytes), [](uint8_t byte) { return byte == 0; });
}

}  // namespace strongroom::arch
