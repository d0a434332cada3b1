#include "tee/host_services.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "arch/own_calls.h"
#include "base/bytes.h"
#include "base/file.h"
#include "tee/answer.h"

namespace strongroom::tee {
namespace {

using kernel::Exchange;
using kernel::HostCall;
using kernel::kExchangePayload;

std::string_view payload_text(const Exchange& exchange, uint64_t length) {
  return {reinterpret_cast<const char*>(exchange.payload), std::min<uint64_t>(length, kExchangePayload)};
}

void wipe_payload(Exchange& exchange, uint64_t length) {
  wipe({exchange.payload, std::min<uint64_t>(length, kExchangePayload)});
}

// What a clock can be moved on by without overflow. The enclave looks at its own clock when a wait returns.
int64_t possible_timeout(int64_t timeout_ns) {
  constexpr int64_t kLongest = int64_t{1} << 60;  // 36 years
  return timeout_ns < 0 ? -1 : std::min(timeout_ns, kLongest);
}

}  // namespace

int64_t TeeCalls::start_thread(uint32_t) {
  return -ENOSYS;
}
int64_t TeeCalls::park(uint32_t, int64_t) {
  return -ENOSYS;
}
int64_t TeeCalls::unpark(uint32_t) {
  return -ENOSYS;
}
int64_t TeeCalls::flush(uint32_t) {
  return -ENOSYS;
}

int64_t TeeCalls::change_pages(uint64_t, uint64_t, uint64_t, uint64_t) {
  return -ENOSYS;
}

int64_t TeeCalls::call_wait(uint64_t, uint64_t, uint32_t, int64_t) {
  return -ENOSYS;
}

int64_t HostServices::write_console(Exchange& exchange, uint64_t stream, uint64_t length) {
  if (length > kExchangePayload) return -EINVAL;
  if (stream != 1 && stream != 2) return -EBADF;
  while (true) {
    const ssize_t count = write(stream == 1 ? streams_.output : streams_.error, exchange.payload, length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (stream == 2 && streams_.log != nullptr)
      streams_.log->append({exchange.payload, static_cast<size_t>(count)});
    return count;
  }
}

int64_t HostServices::read_console(Exchange& exchange, uint64_t stream, uint64_t capacity) {
  if (capacity > kExchangePayload) return -EINVAL;
  if (stream != 0) return -EBADF;
  while (true) {
    const ssize_t count = read(streams_.input, exchange.payload, capacity);
    if (count < 0 && errno == EINTR) continue;
    return count < 0 ? -errno : count;
  }
}

int64_t HostServices::poll_console(uint64_t mask, int64_t timeout_ns) {
  std::array<pollfd, 3> files{};
  const std::array<int, 3> numbers = {streams_.input, streams_.output, streams_.error};
  for (size_t i = 0; i < files.size(); ++i)
    files[i] = {(mask >> i & 1) != 0 ? numbers[i] : -1, static_cast<short>(i == 0 ? POLLIN : POLLOUT), 0};
  const timespec limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const int found = ppoll(files.data(), files.size(), timeout_ns < 0 ? nullptr : &limit, nullptr);
  if (found < 0) return -errno;
  int64_t ready = 0;
  for (size_t i = 0; i < files.size(); ++i)
    if (files[i].revents != 0) ready |= int64_t{1} << i;
  return ready;
}

int64_t HostServices::write_trace(Exchange& exchange, uint64_t length) {
  const std::string line = "strongroom: trace: " + printable(payload_text(exchange, length)) + "\n";
  if (!write_all(streams_.error, as_bytes(line))) return -EIO;
  if (streams_.log != nullptr) streams_.log->append(as_bytes(line));
  return 0;
}

void HostServices::start(Bytes start_block, Streams streams) {
  const std::lock_guard lock(mutex_);
  start_block_ = std::move(start_block);
  streams_ = streams;
  changed_.notify_all();
}

bool HostServices::wait_until_warm() {
  std::unique_lock lock(mutex_);
  warmth_wanted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return start_calls_ > 1 || ended_; });
  return !ended_;
}

int64_t HostServices::answer_start(uint32_t slot, Exchange& exchange) {
  if (slot != 0) return -EINVAL;
  std::unique_lock lock(mutex_);
  ++start_calls_;
  changed_.notify_all();
  // Warming up takes longer than most programs take to start: only where somebody waits for it.
  changed_.wait(lock, [&] { return start_block_ || (warmth_wanted_ && start_calls_ == 1); });
  if (!start_block_) return -EAGAIN;
  if (start_block_->size() > kExchangePayload) return -EINVAL;
  std::memcpy(exchange.payload, start_block_->data(), start_block_->size());
  return 0;
}

int64_t HostServices::ask_keeper(Exchange& exchange, uint64_t length) {
  if (streams_.keeper < 0) return -ENOSYS;
  if (length == 0 || length > arch::kMaximumKeeperMessage) return -EMSGSIZE;
  const std::lock_guard lock(keeper_mutex_);
  if (write(streams_.keeper, exchange.payload, length) != static_cast<ssize_t>(length)) return -EIO;
  while (true) {
    const ssize_t count = read(streams_.keeper, exchange.payload, arch::kMaximumKeeperMessage);
    if (count < 0 && errno == EINTR) continue;
    return count <= 0 ? -EIO : count;
  }
}

CallOutcome HostServices::serve(uint32_t slot, Exchange& exchange) {
  // One read of each field: the enclave could change them while they are looked at.
  const auto call = static_cast<HostCall>(__atomic_load_n(&exchange.call, __ATOMIC_ACQUIRE));
  std::array<uint64_t, 5> argument{};
  for (size_t i = 0; i < argument.size(); ++i)
    argument[i] = __atomic_load_n(&exchange.arguments[i], __ATOMIC_RELAXED);
  int64_t result = -ENOSYS;
  switch (call) {
    case HostCall::kConsoleWrite:
      result = write_console(exchange, argument[0], argument[1]);
      wipe_payload(exchange, argument[1]);
      break;
    case HostCall::kConsoleRead:
      result = read_console(exchange, argument[0], argument[1]);
      break;
    case HostCall::kConsolePoll:
      result = poll_console(argument[0], static_cast<int64_t>(argument[1]));
      break;
    case HostCall::kExit:
      report({.kind = EndKind::kExited, .status = static_cast<int32_t>(argument[0] & 0xff)});
      return CallOutcome::kEnclaveEnded;
    case HostCall::kAbort:
      report({.kind = EndKind::kAborted,
              .status = argument[4] <= 64 ? static_cast<int32_t>(argument[4]) : 0,
              .cause = static_cast<kernel::AbortCause>(argument[0]),
              .address = argument[1],
              .access_address = argument[2],
              .message = printable(payload_text(exchange, argument[3]))});
      return CallOutcome::kEnclaveEnded;
    case HostCall::kTrace:
      result = write_trace(exchange, argument[0]);
      break;
    case HostCall::kThreadStart:
      // Slot 0 runs from the start; a slot never starts itself.
      result = argument[0] == 0 || argument[0] >= slots_ || argument[0] == slot
                   ? -EINVAL
                   : calls_.start_thread(static_cast<uint32_t>(argument[0]));
      break;
    case HostCall::kThreadExit:
      result = 0;
      __atomic_store_n(&exchange.result, result, __ATOMIC_RELEASE);
      return CallOutcome::kThreadEnded;
    case HostCall::kPark:
      result = calls_.park(slot, possible_timeout(static_cast<int64_t>(argument[0])));
      break;
    case HostCall::kUnpark:
      result = argument[0] >= slots_ ? -EINVAL : calls_.unpark(static_cast<uint32_t>(argument[0]));
      break;
    case HostCall::kFlush:
      result = calls_.flush(slot);
      break;
    case HostCall::kStart:
      result = answer_start(slot, exchange);
      break;
    case HostCall::kChangePages:
      result = calls_.change_pages(argument[0], argument[1], argument[2], argument[3]);
      break;
    case HostCall::kCallWait:
      result = calls_.call_wait(argument[0], argument[1], static_cast<uint32_t>(argument[2]),
                                possible_timeout(static_cast<int64_t>(argument[3])));
      break;
    case HostCall::kAskKeeper:
      result = ask_keeper(exchange, argument[0]);
      break;
    case HostCall::kNone:
      break;
  }
  give_answer(call, exchange, result);
  return CallOutcome::kAnswered;
}

void HostServices::report(EnclaveEnd end) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  end_ = std::move(end);
  changed_.notify_all();
}

EnclaveEnd HostServices::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace strongroom::tee
