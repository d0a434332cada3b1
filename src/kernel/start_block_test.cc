// Start blocks that do not say what they hold.
#include "kernel/testing/start_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "arch/own_calls.h"
#include "kernel/boot.h"
#include "kernel/call_area.h"

namespace strongroom::kernel {
namespace {

using ::testing::ElementsAre;
using testing::LyingHost;
using testing::ProgramStart;
using testing::Script;

struct Offer {
  StartBlock block;
  std::string strings;
};

ProgramStart start(uint32_t flags, const Offer& offer) {
  LyingHost host(port::Kind::kVm, Script({}));
  host.interferes = false;
  host.set_image(flags, testing::boot_data_of({{arch::BootRecordKind::kArgument, "program"},
                                               {arch::BootRecordKind::kEnvironment, "MODE=measured"},
                                               {arch::BootRecordKind::kHostEnvironment, "LANG"}}));
  std::memcpy(host.exchange().payload, &offer.block, sizeof offer.block);
  std::memcpy(host.exchange().payload + sizeof offer.block, offer.strings.data(), offer.strings.size());
  return testing::start_program(host);
}

Offer offer(uint32_t arguments, uint32_t environment, std::string strings) {
  const auto size = static_cast<uint32_t>(strings.size());
  return {{0, arguments, environment, size, 2, 0}, std::move(strings)};
}

constexpr uint32_t kBoth = arch::kImageHostArguments | arch::kImageHostEnvironment;
const std::string kStrings("one\0two\0LANG=C\0HOME=/\0LANG\0", 27);

TEST(StartBlockOf, AnImageThatAllowsNothingGivesTheProgramNothing) {
  const ProgramStart started = start(0, offer(2, 3, kStrings));
  EXPECT_THAT(started.arguments, ElementsAre("program"));
  EXPECT_THAT(started.environment, ElementsAre("MODE=measured"));
}

TEST(StartBlockOf, AHostAddsArgumentsAndNamedVariablesWhereTheImageAllowsIt) {
  const ProgramStart started = start(kBoth, offer(2, 3, kStrings));
  EXPECT_THAT(started.arguments, ElementsAre("program", "one", "two"));
  EXPECT_THAT(started.environment, ElementsAre("MODE=measured", "LANG=C"));
}

TEST(StartBlockOf, AHostThatCountsTooManyArgumentsGivesNoVariables) {
  const ProgramStart started = start(kBoth, offer(UINT32_MAX, UINT32_MAX, kStrings));
  EXPECT_EQ(started.arguments.size(), 6u);
  EXPECT_THAT(started.environment, ElementsAre("MODE=measured"));
}

TEST(StartBlockOf, AHostThatCountsTooFewArgumentsSetsNoVariableThatIsNotNamed) {
  const ProgramStart started = start(kBoth, offer(0, 0, kStrings));
  EXPECT_THAT(started.arguments, ElementsAre("program"));
  EXPECT_THAT(started.environment, ElementsAre("MODE=measured", "LANG=C"));
}

TEST(StartBlockOf, StringsWithoutAnEndAreDroppedWhole) {
  const ProgramStart started = start(kBoth, offer(1, 1, "one\0LANG=C"));
  EXPECT_THAT(started.arguments, ElementsAre("program"));
  EXPECT_THAT(started.environment, ElementsAre("MODE=measured"));
}

TEST(StartBlockOf, LengthsBeyondThePayloadAreDroppedWhole) {
  for (const uint32_t size : {uint32_t{kExchangePayload - sizeof(StartBlock) + 1}, UINT32_MAX}) {
    Offer lie = offer(2, 3, kStrings);
    lie.block.string_bytes = size;
    const ProgramStart started = start(kBoth, lie);
    EXPECT_THAT(started.arguments, ElementsAre("program"));
    EXPECT_THAT(started.environment, ElementsAre("MODE=measured"));
  }
}

TEST(StartBlockOf, MoreStringsThanAnEnclaveTakesEndIt) {
  const ProgramStart started = start(kBoth, offer(10000, 0, std::string(10000, '\0')));
  EXPECT_EQ(started.aborted, AbortCause::kOutOfMemory);
}

TEST(CallAreaOf, AHostThatNamesASizeThatCannotBeGivesNone) {
  LyingHost host(port::Kind::kVm, Script({}));
  const auto exchanges = reinterpret_cast<uint64_t>(&host.exchange());
  for (const uint64_t pages : {uint64_t{1}, arch::kMaximumCallArea / arch::kPageSize}) {
    host.exchange().arguments[0] = pages;
    find_call_area(exchanges);
    EXPECT_TRUE(call_area_size() == pages * arch::kPageSize || call_area_size() == 0);
  }
  for (const uint64_t pages :
       {uint64_t{0}, arch::kMaximumCallArea / arch::kPageSize + 1, uint64_t{1} << 52, UINT64_MAX}) {
    host.exchange().arguments[0] = pages;
    find_call_area(exchanges);
    EXPECT_EQ(call_area_size(), 0u);
    EXPECT_FALSE(is_call_word(exchanges + kExchangeSize));
  }
}

TEST(CallAreaOf, NoneReachesIntoTheEnclave) {
  LyingHost host(port::Kind::kVm, Script({}));
  // Exchanges just below the enclave: the page behind them is the enclave's first.
  auto& exchange = *reinterpret_cast<Exchange*>(enclave_base());
  const uint64_t saved = exchange.arguments[0];
  exchange.arguments[0] = 1;
  find_call_area(enclave_base());
  EXPECT_EQ(call_area_size(), 0u);
  exchange.arguments[0] = saved;
}

TEST(StartBlockOf, AnImpossibleNumberOfProcessorsIsOne) {
  for (const uint32_t processors : {0u, 257u, UINT32_MAX}) {
    Offer lie = offer(0, 0, "");
    lie.block.processors = processors;
    start(0, lie);
    EXPECT_EQ(processor_count(), 1u);
  }
}

}  // namespace
}  // namespace strongroom::kernel
