#include "tee/vm/private_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>

#include "arch/page.h"
#include "tee/kvm_constants.h"
#include "tee/vm/cpuid.h"
#include "tee/vm/describe_exit.h"
#include "tee/vm/memory.h"
#include "tee/vm/processor.h"

namespace strongroom::tee::vm {
namespace {

using arch::kPageSize;

TEST(WholePages, CoverWhatTheRangesTouchOnceAndInOrder) {
  const auto pages = whole_pages({{9 * kPageSize + 5, 9 * kPageSize + 6},
                                  {0, 1},
                                  {kPageSize, 3 * kPageSize},
                                  {2 * kPageSize, 2 * kPageSize + 1},
                                  {5 * kPageSize - 1, 5 * kPageSize + 1},
                                  {20 * kPageSize, 20 * kPageSize}});
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0].begin, 0u);
  EXPECT_EQ(pages[0].end, 3 * kPageSize);
  EXPECT_EQ(pages[1].begin, 4 * kPageSize);
  EXPECT_EQ(pages[1].end, 6 * kPageSize);
  EXPECT_EQ(pages[2].begin, 9 * kPageSize);
  EXPECT_EQ(pages[2].end, 10 * kPageSize);
}

TEST(WholePages, OfNothingAreNone) {
  EXPECT_TRUE(whole_pages({}).empty());
}

// Walks tables as a processor does (Intel SDM volume 3A, section 4.5).
uint64_t translated(std::span<const uint8_t> memory, uint64_t physical, uint64_t root, uint64_t address) {
  constexpr uint64_t kPresent = 1, kLarge = 1u << 7, kAddress = 0x000ffffffffff000;
  uint64_t table = root;
  for (const int shift : {39, 30, 21}) {
    if (table < physical || table + kPageSize > physical + memory.size()) return ~uint64_t{0};
    uint64_t entry;
    std::memcpy(&entry, memory.data() + (table - physical) + (address >> shift & 511) * 8, sizeof entry);
    if ((entry & kPresent) == 0) return ~uint64_t{0};
    if (shift == 21 && (entry & kLarge) != 0)
      return (entry & kAddress) | (address & ((uint64_t{1} << 21) - 1));
    table = entry & kAddress;
  }
  return ~uint64_t{0};
}

TEST(IdentityTables, MapWhatTheyAreToldAndFitIntoWhatTheyAskFor) {
  constexpr uint64_t kPhysical = 0xe0000000, kFar = uint64_t{600} << 30;
  const std::vector<CopyRange> ranges{{0x1000, kFar, uint64_t{2} << 30},
                                      {uint64_t{1} << 32, (uint64_t{511} << 30) + kPageSize, 3 << 20}};
  const Mapping memory = Mapping::reserve(IdentityTables::most_bytes(ranges)).value();
  IdentityTables tables(memory.bytes(), kPhysical);
  tables.map(kPhysical - kPageSize, kPageSize);
  for (const CopyRange& range : ranges) {
    tables.map(range.to, range.size);
    tables.map(range.from, range.size);
  }
  const auto translate = [&](uint64_t address) {
    return translated(memory.bytes(), kPhysical, tables.root(), address);
  };
  for (const CopyRange& range : ranges)
    for (const uint64_t begin : {range.to, range.from})
      for (const uint64_t address : {begin, begin + range.size / 2, begin + range.size - 1})
        EXPECT_EQ(translate(address), address);
  EXPECT_EQ(translate(kPhysical - 1), kPhysical - 1);
  EXPECT_EQ(translate(uint64_t{700} << 30), ~uint64_t{0});
}

TEST(MemoryFault, IsDescribedByItsAddressAndKind) {
  kvm_run run{};
  const uint64_t fault[] = {uint64_t{1} << 3, 0x123456000, kPageSize};
  std::memcpy(run.padding, fault, sizeof fault);
  EXPECT_EQ(describe_memory_fault(run),
            "the virtual machine accessed address 0x123456000, where KVM has no private memory for it");
  std::memset(run.padding, 0, sizeof(uint64_t));
  EXPECT_NE(describe_memory_fault(run).find("no shared memory"), std::string::npos);
}

// A machine with a processor and two pages of ordinary memory at 0.
class InMachine : public testing::Test {
 protected:
  static constexpr uint32_t kContents = 0, kGuest = 1, kBoot = 2;
  static constexpr uint64_t kGuestPhysical = uint64_t{1} << 32;

  void start(bool is_private) {
    auto machine = VirtualMachine::create(is_private);
    if (!machine) GTEST_SKIP() << machine.error().message;
    if (is_private && !machine->has_private_memory())
      GTEST_SKIP() << "this machine's KVM offers no private guest memory";
    machine_ = std::move(*machine);
    processor_ = make_processor(*machine_, 0, own_guest_cpuid().value()).value();
    contents_ = Mapping::reserve(2 * kPageSize).value();
    ASSERT_TRUE(machine_->add_memory(kContents, 0, contents_->bytes()));
  }
  Result<void> copy(uint64_t to, uint64_t from, uint64_t size) {
    const CopyRange range{to, from, size};
    return copy_in_guest(*machine_, *processor_, kBoot, {&range, 1});
  }

  std::optional<Mapping> contents_;
  std::optional<VirtualMachine> machine_;
  std::optional<VirtualProcessor> processor_;
};

// What it copies can be seen from outside where memory is ordinary: every KVM runs the same instructions.
TEST_F(InMachine, TheGuestCopiesWhatItIsTold) {
  start(false);
  if (IsSkipped()) return;
  const std::string text = "copied by the guest";
  std::memcpy(contents_->bytes().data() + 100, text.data(), text.size());
  ASSERT_TRUE(copy(kPageSize + 7, 100, text.size()));
  EXPECT_EQ(std::string(reinterpret_cast<char*>(contents_->bytes().data()) + kPageSize + 7, text.size()),
            text);
  EXPECT_EQ(contents_->bytes()[kPageSize + 6] | contents_->bytes()[kPageSize + 7 + text.size()], 0);
  // The slot is free again.
  EXPECT_TRUE(copy(0, kPageSize, kPageSize));
}

TEST_F(InMachine, AnAddressWithoutMemoryIsAnError) {
  start(false);
  if (IsSkipped()) return;
  EXPECT_FALSE(copy(kGuestPhysical, 0, kPageSize));
}

// What private memory is compared with.
TEST_F(InMachine, OrdinaryGuestMemoryCanBeMappedByItsDescriptor) {
  start(false);
  if (IsSkipped()) return;
  const auto memory = machine_->create_guest_memory(kPageSize);
  if (!memory) GTEST_SKIP() << memory.error().message;
  EXPECT_TRUE(Mapping::of_file(memory->get(), kPageSize));
}

// A machine that has private memory at kGuestPhysical, with a page of the monitor's at the same address.
class InPrivateMachine : public InMachine {
 protected:
  void SetUp() override {
    start(true);
    if (IsSkipped()) return;
    memory_ = machine_->create_guest_memory(2 * kPageSize).value();
    outside_ = Mapping::reserve(2 * kPageSize).value();
    ASSERT_TRUE(machine_->add_guest_memory(kGuest, kGuestPhysical, memory_.get(), 0, outside_->bytes()));
    ASSERT_TRUE(machine_->make_private(kGuestPhysical, 2 * kPageSize));
    std::memcpy(contents_->bytes().data(), kText.data(), kText.size());
  }
  [[nodiscard]] std::string_view outside() const {
    return {reinterpret_cast<const char*>(outside_->bytes().data()), outside_->bytes().size()};
  }
  static constexpr std::string_view kText = "for the guest alone";
  FileDescriptor memory_;
  std::optional<Mapping> outside_;
};

TEST_F(InPrivateMachine, TheGuestFindsAgainWhatItCopiedThereAndTheMonitorDoesNot) {
  ASSERT_TRUE(copy(kGuestPhysical + kPageSize - 3, 0, kText.size()));
  EXPECT_EQ(outside().find_first_not_of('\0'), std::string_view::npos);
  ASSERT_TRUE(copy(kPageSize, kGuestPhysical + kPageSize - 3, kText.size()));
  EXPECT_EQ(std::memcmp(contents_->bytes().data() + kPageSize, kText.data(), kText.size()), 0);
}

TEST_F(InPrivateMachine, ItsDescriptorCanBeNeitherReadNorWrittenNorMapped) {
  ASSERT_TRUE(copy(kGuestPhysical, 0, kText.size()));
  char buffer[16];
  EXPECT_EQ(pread(memory_.get(), buffer, sizeof buffer, 0), -1);
  EXPECT_EQ(pwrite(memory_.get(), buffer, sizeof buffer, 0), -1);
  for (const int sharing : {MAP_SHARED, MAP_PRIVATE})
    for (const int protection : {PROT_READ, PROT_READ | PROT_WRITE})
      EXPECT_EQ(mmap(nullptr, kPageSize, protection, sharing, memory_.get(), 0), MAP_FAILED);
}

TEST_F(InPrivateMachine, WhatItFreesIsZeroWhenItComesBack) {
  ASSERT_TRUE(copy(kGuestPhysical, 0, kText.size()));
  ASSERT_EQ(fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2 * kPageSize), 0);
  ASSERT_TRUE(copy(kPageSize, kGuestPhysical, kText.size()));
  EXPECT_EQ(contents_->bytes()[kPageSize], 0);
}

TEST_F(InPrivateMachine, AnAddressOfTheWrongKindEndsTheRunWithItsName) {
  ASSERT_TRUE(machine_->make_private(kPageSize, kPageSize));  // of a slot that has no private memory
  const auto copied = copy(kPageSize, 0, kText.size());
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().message.find("address 0x1000, where KVM has no private memory"), std::string::npos)
      << copied.error().message;
}

}  // namespace
}  // namespace strongroom::tee::vm
