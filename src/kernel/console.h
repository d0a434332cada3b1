// The program's standard streams, which the host carries: 0 input, 1 output, 2 error.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/result.h"

namespace strongroom::kernel {

// Waits for input and yields how much was read, 0 at its end. `user_buffer` is an address of the program.
// Interrupted by a signal within 50 ms.
Result<size_t> console_read(uint64_t user_buffer, size_t size);
// Yields how much was taken: at least 1 of a `size` above 0. EPIPE when nobody reads the stream any more.
Result<size_t> console_write(int stream, uint64_t user_buffer, size_t size);
// Waits until one of the streams (bit 1 << stream) would not block; yields those that would not, 0 on
// timeout. `timeout_ns`: < 0 means no limit. EINTR when a signal waits, seen within 50 ms.
Result<uint32_t> console_poll(uint32_t stream_mask, int64_t timeout_ns);

}  // namespace strongroom::kernel
