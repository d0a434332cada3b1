// Bounds of the manifest's values, shared by its parser and its checks.
#pragma once

#include "image/manifest.h"
#include "image/toml_table.h"

namespace strongroom::image {

inline constexpr uint64_t kLeastHeap = uint64_t{1} << 20;    // start-up alone takes some 200 KiB
inline constexpr uint64_t kLeastStack = uint64_t{64} << 10;  // glibc's own start-up and TLS fit
inline constexpr uint64_t kMostStack = uint64_t{1} << 30;
inline constexpr uint64_t kLeastEnclave = uint64_t{1} << 25;
inline constexpr uint64_t kMostMemory = uint64_t{1} << 36;  // SGX allows 2^36 bytes on every CPU that has it
inline constexpr uint64_t kMostFixedMemory = uint64_t{5}
                                             << 29;  // heap and stack where all of an image is added at start
inline constexpr size_t kMaximumName = 128;
inline constexpr size_t kMaximumPath = 4095;  // PATH_MAX without its NUL

// A 16-byte id as 32 hexadecimal digits.
Result<std::optional<KssId>> read_kss_id(const TomlTable& table, std::string_view key);

}  // namespace strongroom::image
