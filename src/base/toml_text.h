// What has to be known of a TOML text before toml++ reads it.
#pragma once

#include <cstddef>
#include <string_view>

namespace strongroom {

inline constexpr size_t kMaximumDots = 64;

// The number of the first line with more dots, or 0. Each dot of a key is a table in a table, and toml++
// destroys them by recursion: "a.a.a." a hundred thousand times runs out of stack. Keys do not go over lines.
size_t line_of_too_many_dots(std::string_view toml);

}  // namespace strongroom
