// Lies that a host can tell, one by one; the fuzz target `exchange` tells them in any order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/host_call.h"
#include "kernel/port/host_facts.h"
#include "kernel/port/vm_layout.h"
#include "kernel/processor.h"
#include "kernel/testing/lying_host.h"

namespace strongroom::kernel {
namespace {

using testing::LyingHost;
using testing::Script;

struct Lie {
  const char* name;
  int64_t result;
  Errno error;  // 0: not a lie
};
void PrintTo(const Lie& lie, std::ostream* out) {
  *out << lie.name;
}

class Stream : public ::testing::TestWithParam<Lie> {
 protected:
  static uint64_t buffer(const LyingHost& host) { return reinterpret_cast<uint64_t>(host.arena().data()); }
  LyingHost host_{port::Kind::kVm, Script({})};
};

constexpr size_t kAsked = 100;

TEST_P(Stream, ReadYieldsAnErrorThatAStreamCanHave) {
  std::ranges::fill(host_.arena(), 0xc3);
  host_.answers = {GetParam().result};
  const auto result = console_read(buffer(host_), kAsked);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), GetParam().error);
  EXPECT_TRUE(std::ranges::all_of(host_.arena(), [](uint8_t byte) { return byte == 0xc3; }));
}

TEST_P(Stream, WriteYieldsAnErrorThatAStreamCanHave) {
  host_.answers = {GetParam().result};
  std::ranges::fill(host_.arena(), 0x77);
  const auto result = console_write(1, buffer(host_), kAsked);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), GetParam().error);
  EXPECT_TRUE(std::all_of(host_.exchange().payload, host_.exchange().payload + kExchangePayload,
                          [](uint8_t byte) { return byte == 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    Lies, Stream,
    ::testing::Values(Lie{"one_more_than_asked", kAsked + 1, Errno::kIo},
                      Lie{"the_whole_payload", kExchangePayload, Errno::kIo},
                      Lie{"beyond_the_payload", kExchangePayload + 1, Errno::kIo},
                      Lie{"32_bits", UINT32_MAX, Errno::kIo},
                      Lie{"asked_plus_2_to_the_32", (int64_t{1} << 32) + kAsked, Errno::kIo},
                      Lie{"largest", INT64_MAX, Errno::kIo}, Lie{"smallest", INT64_MIN, Errno::kIo},
                      Lie{"no_answer", -38, Errno::kIo}, Lie{"interrupted", -4, Errno::kIo},
                      Lie{"restart", -512, Errno::kIo}, Lie{"would_block", -11, Errno::kIo},
                      Lie{"unknown_errno", -4096, Errno::kIo}, Lie{"broken_pipe", -32, Errno::kBrokenPipe},
                      Lie{"no_space", -28, Errno::kNoSpace}),
    [](const auto& lie) { return lie.param.name; });

TEST(Exchange, AWriteThatTakesNothingIsAnError) {
  LyingHost host(port::Kind::kProcess, Script({}));
  host.answers = {0};
  const auto result = console_write(2, reinterpret_cast<uint64_t>(host.arena().data()), 8);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), Errno::kIo);
}

TEST(Exchange, AWriteOfMemoryThatIsNotTheProgramsLeavesNothingInThePayload) {
  LyingHost host(port::Kind::kProcess, Script({}));
  const auto result = console_write(1, reinterpret_cast<uint64_t>(&host), 8);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), Errno::kFault);
  EXPECT_TRUE(host.calls.empty());
}

TEST(Exchange, APollYieldsNoStreamThatWasNotAsked) {
  LyingHost host(port::Kind::kProcess, Script({}));
  for (const int64_t answer : {int64_t{0xff}, INT64_MAX, int64_t{2}, int64_t{1} << 32}) {
    host.answers = {answer};
    auto result = console_poll(1, 0);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result.value(), static_cast<uint64_t>(answer) & 1);
  }
  host.answers = {INT64_MIN};
  EXPECT_EQ(console_poll(7, -1).error(), Errno::kIo);
}

TEST(Exchange, EveryCallStartsRefused) {
  LyingHost host(port::Kind::kProcess, Script({}));
  host.answers = {17};
  EXPECT_EQ(host_call(HostCall::kPark), 17);
  // A host that hands the exchange back untouched has refused, whatever it answered before.
  host.exchange().result = 17;
  host.answers = {-38};
  EXPECT_EQ(host_call(HostCall::kPark), -38);
}

void set_vm_clock(LyingHost& host, const HostClock& clock) {
  std::memcpy(host.exchange().reserved, &clock, sizeof clock);
}

TEST(Clock, NeverRunsBackwardsWhateverTheHostSays) {
  LyingHost host(port::Kind::kVm, Script({}));
  const HostClock lies[] = {
      {0, 1000, 1000, 0},
      {0, -1, -1, 0},
      {0, INT64_MIN, INT64_MIN, 0},
      {1, 2000, 500, UINT64_MAX},
      {UINT64_MAX, INT64_MAX, INT64_MAX, UINT64_MAX},
      {1, INT64_MAX, INT64_MIN, UINT64_MAX},
      {0, 0, 0, 0},
  };
  uint64_t monotonic = 0, realtime = 0;
  for (const HostClock& lie : lies) {
    set_vm_clock(host, lie);
    EXPECT_GE(monotonic_ns(), monotonic);
    EXPECT_GE(realtime_ns(), realtime);
    monotonic = monotonic_ns();
    realtime = realtime_ns();
    EXPECT_LE(monotonic, static_cast<uint64_t>(INT64_MAX));
    EXPECT_LE(realtime, static_cast<uint64_t>(INT64_MAX));
  }
}

TEST(Clock, IsWhatTheHostSaidLastWhereTheProcessorShowsAnotherTimestamp) {
  LyingHost host(port::Kind::kVm, Script({}));
  constexpr uint64_t kHour = uint64_t{1} << 43, kNanosecondATick = uint64_t{1} << 32;
  const uint64_t now = processor::timestamp();
  for (const uint64_t shown : {now + kHour, now - kHour}) {
    set_vm_clock(host, {shown, 1'700'000'000'000'000'000, 5'000'000'000'000'000, kNanosecondATick});
    EXPECT_EQ(realtime_ns(), 1'700'000'000'000'000'000u);
    EXPECT_EQ(monotonic_ns(), 5'000'000'000'000'000u);
  }
}

TEST(Clock, ASleepIsNotShortenedByAHostThatUnparksAtOnce) {
  LyingHost host(port::Kind::kVm, Script({}));
  set_vm_clock(host, {0, 0, 0, 0});  // time stands still
  int64_t left = 0;
  const auto result = sleep_for(1'000'000, left);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), Errno::kInterrupted);  // by the 101st call; see LyingHost
  EXPECT_EQ(left, 1'000'000);
}

TEST(End, AHostThatAnswersAnExitIsToldAgainAndTheProgramNeverGoesOn) {
  LyingHost host(port::Kind::kVm, Script({}));
  host.refuses_to_end = 5;
  EXPECT_THROW(exit_enclave(3), testing::EnclaveExited);
  EXPECT_EQ(host.calls.size(), 6u);
  for (const testing::SeenCall& call : host.calls) {
    EXPECT_EQ(call.call, HostCall::kExit);
    EXPECT_EQ(call.arguments[0], 3u);
  }
}

TEST(End, AHostThatAnswersAnAbortIsToldTheSameCauseAgain) {
  LyingHost host(port::Kind::kProcess, Script({}));
  host.refuses_to_end = 3;
  try {
    abort_enclave(AbortCause::kNoEntropy, "why");
  } catch (const testing::EnclaveAborted& end) {
    EXPECT_EQ(end.cause, AbortCause::kNoEntropy);
  }
  EXPECT_EQ(host.calls.size(), 4u);
}

}  // namespace
}  // namespace strongroom::kernel
