// Random bytes for keys, nonces and identifiers, from OpenSSL's generator for private values. Thread safe.
#pragma once

#include <array>
#include <span>

#include "base/bytes.h"

namespace strongroom::crypto {

// Fails (kUnavailable) only where the operating system has no entropy to seed the generator; `out` is then
// unusable.
Result<void> fill_random(std::span<uint8_t> out);

template <size_t N>
Result<std::array<uint8_t, N>> random_array() {
  std::array<uint8_t, N> out;
  TRY(fill_random(out));
  return out;
}

}  // namespace strongroom::crypto
