#include "kernel/console.h"

#include "kernel/host_call.h"
#include "kernel/thread.h"
#include "kernel/user_memory.h"

namespace strongroom::kernel {
namespace {

// A host's errno becomes one that the stream can have; anything else is EIO.
Errno stream_error(int64_t result) {
  // Not negated: a host can answer the one number that has no negative.
  if (result == -static_cast<int64_t>(Errno::kBrokenPipe)) return Errno::kBrokenPipe;
  if (result == -static_cast<int64_t>(Errno::kNoSpace)) return Errno::kNoSpace;
  return Errno::kIo;
}

}  // namespace

Result<size_t> console_read(uint64_t user_buffer, size_t size) {
  Exchange& exchange = *current_thread().exchange;
  const size_t capacity = size < kExchangePayload ? size : kExchangePayload;
  const int64_t result = host_call(HostCall::kConsoleRead, 0, capacity);
  if (result < 0) return stream_error(result);
  const auto count = static_cast<size_t>(result);
  if (count > capacity) return Errno::kIo;
  Result<void> copied = copy_to_user(user_buffer, exchange.payload, count);
  __builtin_memset(exchange.payload, 0, count);
  KTRY(copied);
  return count;
}

Result<size_t> console_write(int stream, uint64_t user_buffer, size_t size) {
  Exchange& exchange = *current_thread().exchange;
  const size_t count = size < kExchangePayload ? size : kExchangePayload;
  if (!copy_from_user(exchange.payload, user_buffer, count).ok()) {
    __builtin_memset(exchange.payload, 0, count);  // part of it may have been copied
    return Errno::kFault;
  }
  const int64_t result = host_call(HostCall::kConsoleWrite, static_cast<uint64_t>(stream), count);
  __builtin_memset(exchange.payload, 0, count);
  if (result < 0) return stream_error(result);
  if (static_cast<size_t>(result) > count || (result == 0 && count > 0)) return Errno::kIo;
  return static_cast<size_t>(result);
}

Result<uint32_t> console_poll(uint32_t stream_mask, int64_t timeout_ns) {
  const int64_t result = host_call(HostCall::kConsolePoll, stream_mask, static_cast<uint64_t>(timeout_ns));
  if (result < 0) return Errno::kIo;
  return static_cast<uint32_t>(result) & stream_mask;
}

}  // namespace strongroom::kernel
