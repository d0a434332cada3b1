// An enclave that lies to its host: call numbers, streams, slots, lengths and times that do not exist.
#include "tee/host_services.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "base/file.h"

namespace strongroom::tee {
namespace {

using kernel::Exchange;
using kernel::HostCall;
using kernel::kExchangePayload;

constexpr uint32_t kSlots = 4;

class RecordingCalls : public TeeCalls {
 public:
  int64_t start_thread(uint32_t slot) override { return record(slot); }
  int64_t park(uint32_t slot, int64_t timeout_ns) override {
    timeout = timeout_ns;
    return record(slot);
  }
  int64_t unpark(uint32_t slot) override { return record(slot); }
  int64_t flush(uint32_t slot) override { return record(slot); }
  std::vector<uint32_t> slots;
  int64_t timeout = 0;

 private:
  int64_t record(uint32_t slot) {
    slots.push_back(slot);
    return 0;
  }
};

class LyingEnclave : public ::testing::Test {
 protected:
  LyingEnclave() {
    int input[2], output[2];
    if (pipe2(input, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) abort();
    input_ = FileDescriptor(input[0]);
    feed_ = FileDescriptor(input[1]);
    output_ = FileDescriptor(output[1]);
    seen_ = FileDescriptor(output[0]);
    services_ = std::make_unique<HostServices>(kSlots, calls_);
    services_->start(to_bytes(as_bytes("start block")), Streams{input[0], output[1], output[1]});
    std::memset(static_cast<void*>(exchange_.get()), 0, sizeof(Exchange));
  }
  CallOutcome call(HostCall number, std::initializer_list<uint64_t> arguments, uint32_t slot = 1) {
    exchange_->call = static_cast<uint32_t>(number);
    std::ranges::fill(exchange_->arguments, 0);
    std::ranges::copy(arguments, exchange_->arguments);
    exchange_->result = -ENOSYS;
    return services_->serve(slot, *exchange_);
  }
  [[nodiscard]] int64_t result() const { return exchange_->result; }
  std::string written() {
    std::string text(kExchangePayload * 2, '\0');
    const ssize_t count = read(seen_.get(), text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return text;
  }

  FileDescriptor input_, feed_, output_, seen_;
  RecordingCalls calls_;
  std::unique_ptr<Exchange> exchange_ = std::make_unique<Exchange>();
  std::unique_ptr<HostServices> services_;
};

TEST_F(LyingEnclave, LengthsBeyondThePayloadAreRefusedAndNothingIsWritten) {
  for (const uint64_t length : {kExchangePayload + 1, uint64_t{UINT32_MAX}, uint64_t{1} << 63, UINT64_MAX}) {
    EXPECT_EQ(call(HostCall::kConsoleWrite, {1, length}), CallOutcome::kAnswered);
    EXPECT_EQ(result(), -EINVAL);
    EXPECT_EQ(call(HostCall::kConsoleRead, {0, length}), CallOutcome::kAnswered);
    EXPECT_EQ(result(), -EINVAL);
  }
  EXPECT_EQ(written(), "");
}

TEST_F(LyingEnclave, StreamsThatDoNotExistAreRefused) {
  for (const uint64_t stream : {uint64_t{3}, uint64_t{0xffffffff}, (uint64_t{1} << 32) + 1, UINT64_MAX}) {
    call(HostCall::kConsoleWrite, {stream, 1});
    EXPECT_EQ(result(), -EBADF);
    call(HostCall::kConsoleRead, {stream, 1});
    EXPECT_EQ(result(), -EBADF);
  }
  call(HostCall::kConsoleWrite, {0, 1});
  EXPECT_EQ(result(), -EBADF);
  call(HostCall::kConsoleRead, {1, 1});
  EXPECT_EQ(result(), -EBADF);
  EXPECT_EQ(written(), "");
}

TEST_F(LyingEnclave, UnknownCallsAreRefused) {
  for (uint32_t number = 0; number < 300; ++number) {
    const auto known = static_cast<HostCall>(number);
    if ((known > HostCall::kNone && known <= HostCall::kFlush) || known == HostCall::kCallWait) continue;
    EXPECT_EQ(call(known, {1, 1, 1, 1}), CallOutcome::kAnswered);
    EXPECT_EQ(result(), -ENOSYS);
  }
  EXPECT_TRUE(calls_.slots.empty());
}

TEST_F(LyingEnclave, SlotsThatDoNotExistNeverReachTheBackend) {
  for (const uint64_t slot : {uint64_t{kSlots}, uint64_t{UINT32_MAX}, (uint64_t{1} << 32) + 1, UINT64_MAX}) {
    call(HostCall::kThreadStart, {slot});
    EXPECT_EQ(result(), -EINVAL);
    call(HostCall::kUnpark, {slot});
    EXPECT_EQ(result(), -EINVAL);
  }
  call(HostCall::kThreadStart, {0});
  EXPECT_EQ(result(), -EINVAL);
  call(HostCall::kThreadStart, {1}, 1);
  EXPECT_EQ(result(), -EINVAL);
  EXPECT_TRUE(calls_.slots.empty());
}

TEST_F(LyingEnclave, ATimeoutThatNoClockCanHoldBecomesOneThatItCan) {
  for (const uint64_t timeout : {uint64_t{INT64_MAX}, uint64_t{INT64_MAX} - 1000}) {
    call(HostCall::kPark, {timeout});
    EXPECT_GT(calls_.timeout, 0);
    EXPECT_LE(calls_.timeout, int64_t{1} << 62);
  }
  call(HostCall::kPark, {static_cast<uint64_t>(INT64_MIN)});
  EXPECT_EQ(calls_.timeout, -1);
  call(HostCall::kConsolePoll, {UINT64_MAX, static_cast<uint64_t>(INT64_MIN)});
  EXPECT_GE(result(), 0);
  EXPECT_LE(result(), 7);
}

TEST_F(LyingEnclave, WhatItWroteIsGoneFromTheExchange) {
  std::memset(exchange_->payload, 's', 100);
  call(HostCall::kConsoleWrite, {1, 100});
  EXPECT_EQ(result(), 100);
  EXPECT_EQ(written(), std::string(100, 's'));
  EXPECT_TRUE(std::all_of(exchange_->payload, exchange_->payload + 100, [](uint8_t b) { return b == 0; }));
}

TEST_F(LyingEnclave, ItsLastWordsAreShortAndPrintable) {
  std::memset(exchange_->payload, 0x1b, kExchangePayload);
  EXPECT_EQ(call(HostCall::kAbort, {0xffffffffffff, 1, 2, UINT64_MAX}), CallOutcome::kEnclaveEnded);
  const EnclaveEnd end = services_->end();
  EXPECT_EQ(end.kind, EndKind::kAborted);
  EXPECT_LE(end.message.size(), 600u);
  EXPECT_TRUE(std::ranges::all_of(end.message, [](char c) { return c >= ' ' && c <= '~'; }));
}

TEST_F(LyingEnclave, TheFirstEndCounts) {
  call(HostCall::kExit, {0x1203});
  call(HostCall::kExit, {4});
  EXPECT_EQ(services_->end().status, 3);
}

TEST_F(LyingEnclave, ATraceLineCannotEscape) {
  std::memcpy(exchange_->payload, "\x1b[2J\nfake: line", 15);
  call(HostCall::kTrace, {UINT64_MAX});
  const std::string line = written();
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

int64_t ask_to_start(HostServices& services, Exchange& exchange) {
  exchange.call = static_cast<uint32_t>(HostCall::kStart);
  services.serve(0, exchange);
  return exchange.result;
}

TEST(EarlyEnclave, WaitsWhereNobodyWantsItWarm) {
  RecordingCalls calls;
  HostServices services(kSlots, calls);
  const auto exchange = std::make_unique<Exchange>();
  int64_t result = -1;
  std::thread enclave([&] { result = ask_to_start(services, *exchange); });
  std::this_thread::yield();
  services.start(to_bytes(as_bytes("start block")), {});
  enclave.join();
  EXPECT_EQ(result, 0);
}

TEST(EarlyEnclave, WarmsUpOnceWhereSomebodyWaitsForThat) {
  RecordingCalls calls;
  HostServices services(kSlots, calls);
  const auto exchange = std::make_unique<Exchange>();
  int64_t first = 0, second = -1;
  std::thread enclave([&] {
    first = ask_to_start(services, *exchange);
    second = ask_to_start(services, *exchange);
  });
  EXPECT_TRUE(services.wait_until_warm());
  services.start(to_bytes(as_bytes("start block")), {});
  enclave.join();
  EXPECT_EQ(first, -EAGAIN);
  EXPECT_EQ(second, 0);
}

}  // namespace
}  // namespace strongroom::tee
