// The threads that serve an enclave, for ThreadSanitizer: with the enclave's threads beside them in this
// process.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "base/file.h"
#include "tee/hosted_threads.h"
#include "tee/process/exchange_server.h"

namespace strongroom::tee {
namespace {

using kernel::Exchange;
using kernel::ExchangeState;
using kernel::HostCall;

constexpr uint32_t kSlots = 4;
constexpr int kRounds = 200;

Streams quiet_streams(const FileDescriptor& nowhere, ConsoleLog& log) {
  return {.input = -1, .output = nowhere.get(), .error = nowhere.get(), .log = &log};
}

// One thread of an enclave, as kernel/port/process.cc calls its host.
void hand_over(Exchange& exchange, HostCall number, std::initializer_list<uint64_t> arguments) {
  exchange.call = static_cast<uint32_t>(number);
  std::ranges::copy(arguments, exchange.arguments);
  exchange.state.store(static_cast<uint32_t>(ExchangeState::kCalled), std::memory_order_release);
  syscall(SYS_futex, &exchange.state, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}
int64_t call(Exchange& exchange, HostCall number, std::initializer_list<uint64_t> arguments) {
  constexpr auto kAnswered = static_cast<uint32_t>(ExchangeState::kAnswered);
  hand_over(exchange, number, arguments);
  for (uint32_t state; (state = exchange.state.load(std::memory_order_acquire)) != kAnswered;)
    syscall(SYS_futex, &exchange.state, FUTEX_WAIT, state, nullptr, nullptr, 0);
  return exchange.result;
}

void write_much(Exchange& exchange, uint32_t slot) {
  for (int round = 0; round < kRounds; ++round) {
    std::memset(exchange.payload, 'a' + static_cast<int>(slot), 100);
    EXPECT_EQ(call(exchange, HostCall::kConsoleWrite, {2, 100}), 100);
  }
}

// The server's threads are detached: what they use lives as long as the process, as in a holder.
TEST(ExchangeServer, ServesManyThreadsAtOnce) {
  static Exchange exchanges[kSlots];
  static std::atomic<bool> ended{false};
  static const FileDescriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  static ConsoleLog log = ConsoleLog::create().value();
  static process::ExchangeServer server(exchanges, kSlots, [] { ended = true; });
  ASSERT_EQ(server.start_thread(0), 0);
  std::thread application(
      [] { server.services().start(to_bytes(as_bytes("start")), quiet_streams(nowhere, log)); });
  // Who asks before the program is wanted is told so once, and then waits.
  if (call(exchanges[0], HostCall::kStart, {}) == -EAGAIN) {
    EXPECT_EQ(call(exchanges[0], HostCall::kStart, {}), 0);
  }
  application.join();
  for (int life = 0; life < 3; ++life) {
    std::vector<std::thread> threads;
    for (uint32_t slot = 1; slot < kSlots; ++slot) {
      while (call(exchanges[0], HostCall::kThreadStart, {slot}) == -EBUSY) std::this_thread::yield();
      threads.emplace_back([slot] {
        write_much(exchanges[slot], slot);
        call(exchanges[slot], HostCall::kThreadExit, {});
      });
    }
    write_much(exchanges[0], 0);
    for (std::thread& thread : threads) thread.join();
  }
  hand_over(exchanges[0], HostCall::kExit, {7});
  while (!ended) std::this_thread::yield();
  const EnclaveEnd end = server.services().end();
  EXPECT_EQ(end.kind, EndKind::kExited);
  EXPECT_EQ(end.status, 7);
  EXPECT_EQ(read_console_log(log.file()).value().size(), kConsoleLogBytes - sizeof(uint64_t));
}

class Parked : public HostedThreads {
 public:
  Parked() : HostedThreads(kSlots, {}) {}
  using HostedThreads::finish;
  using HostedThreads::forget_wake;
  using HostedThreads::wait_for_end;
};

TEST(HostedThreads, WakeWhoParksAndWhoIsAboutTo) {
  Parked threads;
  std::thread other([&] {
    for (int round = 0; round < kRounds; ++round) {
      EXPECT_EQ(threads.park(1, -1), 0);
      threads.unpark(0);
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    threads.unpark(1);
    EXPECT_EQ(threads.park(0, -1), 0);
  }
  other.join();
}

TEST(HostedThreads, ForgetNoWakeButOnRequest) {
  Parked threads;
  threads.unpark(2);
  threads.unpark(2);
  EXPECT_EQ(threads.park(2, 1'000'000), 0);
  EXPECT_EQ(threads.park(2, 1'000'000), -ETIMEDOUT);
  threads.unpark(2);
  threads.forget_wake(2);
  EXPECT_EQ(threads.park(2, 1'000'000), -ETIMEDOUT);
  EXPECT_EQ(threads.park(2, 0), -ETIMEDOUT);
}

TEST(HostedThreads, EndOnceForTheFirstReason) {
  Parked threads;
  std::thread first([&] { threads.stop("the first reason"); });
  threads.wait_for_end();
  first.join();
  threads.stop("another");
  EXPECT_EQ(threads.services().end().message, "the first reason");
}

}  // namespace
}  // namespace strongroom::tee
