// The time that files are stamped with.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

// Nanoseconds since 1970, a few milliseconds late at most, as Linux's coarse clock is: asking the host at
// every write would cost more than the write. Thread safe.
uint64_t timestamp_now();

}  // namespace strongroom::kernel
