// The program's address space as text.
#pragma once

#include <cstddef>

namespace strongroom::kernel {

// Writes the lines of /proc/self/maps, as many bytes as fit into `capacity`; yields how many bytes the whole
// text has.
size_t describe_memory_map(char* text, size_t capacity);

}  // namespace strongroom::kernel
