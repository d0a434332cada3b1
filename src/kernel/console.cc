#include "kernel/console.h"

#include "kernel/clock.h"
#include "kernel/host_call.h"
#include "kernel/host_memory.h"
#include "kernel/signal.h"
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

// A host that waits for a stream does not see signals, and only another thread can send one.
constexpr int64_t kSignalPeriodNs = 50'000'000;

}  // namespace

Result<size_t> console_read(uint64_t user_buffer, size_t size) {
  if (running_threads() > 1) {
    const Result<uint32_t> ready = console_poll(1, -1);
    if (!ready.ok()) return ready.error() == Errno::kInterrupted ? interrupted_call() : ready.error();
  }
  Exchange& exchange = *current_thread().exchange;
  const size_t capacity = size < kExchangePayload ? size : kExchangePayload;
  const int64_t result = host_call(HostCall::kConsoleRead, 0, capacity);
  if (result < 0) return stream_error(result);
  const auto count = static_cast<size_t>(result);
  if (count > capacity) return Errno::kIo;
  Result<void> copied = copy_host_to_user(user_buffer, exchange.payload, count);
  clear_host(exchange.payload, count);
  KTRY(copied);
  return count;
}

Result<size_t> console_write(int stream, uint64_t user_buffer, size_t size) {
  Exchange& exchange = *current_thread().exchange;
  const size_t count = size < kExchangePayload ? size : kExchangePayload;
  if (!copy_user_to_host(exchange.payload, user_buffer, count).ok()) {
    clear_host(exchange.payload, count);  // part of it may have been copied
    return Errno::kFault;
  }
  const int64_t result = host_call(HostCall::kConsoleWrite, static_cast<uint64_t>(stream), count);
  clear_host(exchange.payload, count);
  if (result < 0) return stream_error(result);
  if (static_cast<size_t>(result) > count || (result == 0 && count > 0)) return Errno::kIo;
  return static_cast<size_t>(result);
}

Result<uint32_t> console_poll(uint32_t stream_mask, int64_t timeout_ns) {
  const bool sliced = running_threads() > 1;
  const uint64_t start = timeout_ns > 0 ? monotonic_ns() : 0;
  for (int64_t left = timeout_ns;;) {
    if (left != 0 && signal_pending()) return Errno::kInterrupted;
    const bool last = !sliced || (left >= 0 && left <= kSignalPeriodNs);
    const auto wait = static_cast<uint64_t>(last ? left : kSignalPeriodNs);
    const int64_t result = host_call(HostCall::kConsolePoll, stream_mask, wait);
    if (result < 0) return Errno::kIo;
    const uint32_t ready = static_cast<uint32_t>(result) & stream_mask;
    if (ready != 0 || last) return ready;
    if (left < 0) continue;
    left = timeout_ns - static_cast<int64_t>(monotonic_ns() - start);
    if (left <= 0) return ready;
  }
}

}  // namespace strongroom::kernel
