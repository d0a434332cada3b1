#include "tee/process/exchange_server.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace strongroom::tee::process {
namespace {

using kernel::Exchange;
using kernel::ExchangeState;

constexpr auto kCalled = static_cast<uint32_t>(ExchangeState::kCalled);
constexpr auto kAnswered = static_cast<uint32_t>(ExchangeState::kAnswered);

void wait_for_call(Exchange& exchange) {
  while (true) {
    const uint32_t state = exchange.state.load(std::memory_order_acquire);
    if (state == kCalled) return;
    syscall(SYS_futex, &exchange.state, FUTEX_WAIT, state, nullptr, nullptr, 0);
  }
}

void answer(Exchange& exchange) {
  exchange.state.store(kAnswered, std::memory_order_release);
  syscall(SYS_futex, &exchange.state, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace

ExchangeServer::ExchangeServer(Exchange* exchanges, uint32_t slots, std::function<void()> on_end)
    : exchanges_(exchanges), on_end_(std::move(on_end)), services_(slots, *this), running_(slots) {}

ExchangeServer::~ExchangeServer() = default;

int64_t ExchangeServer::start_thread(uint32_t slot) {
  bool expected = false;
  if (!running_[slot].compare_exchange_strong(expected, true)) return -EBUSY;
  // The first thread was never here before, and may have called already.
  if (slot != 0)
    exchanges_[slot].state.store(static_cast<uint32_t>(ExchangeState::kIdle), std::memory_order_release);
  try {
    std::thread([this, slot] { serve(slot); }).detach();
  } catch (const std::system_error&) {
    running_[slot].store(false);
    return -EAGAIN;
  }
  return 0;
}

void ExchangeServer::serve(uint32_t slot) {
  Exchange& exchange = exchanges_[slot];
  while (true) {
    wait_for_call(exchange);
    switch (services_.serve(slot, exchange)) {
      case CallOutcome::kAnswered:
        answer(exchange);
        break;
      case CallOutcome::kThreadEnded:
        running_[slot].store(false);
        answer(exchange);
        return;
      case CallOutcome::kEnclaveEnded:
        on_end_();
        return;
    }
  }
}

}  // namespace strongroom::tee::process
