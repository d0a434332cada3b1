// The parts that generated code stands on: sizes, arena, cursors, layouts; and that a call allocates nothing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "edge/calls_fixture.h"

namespace {
thread_local size_t allocations = 0;
}  // namespace

// NOLINTBEGIN: every allocation of this program is counted.
void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
// NOLINTEND

namespace strongroom::edge {
namespace {

constexpr uint64_t kMost = ~uint64_t{0};

TEST(SizeTest, ResultsThatDoNotFitAreInvalid) {
  EXPECT_EQ((Size(3U) + Size(4U)).value(), 7U);
  EXPECT_FALSE((Size(kMost) + Size(1U)).valid());
  EXPECT_FALSE((Size(1U) - Size(2U)).valid());
  EXPECT_FALSE((Size(kMost) * Size(2U)).valid());
  EXPECT_EQ((Size(kMost) * Size(1U)).value(), kMost);
  EXPECT_FALSE((Size(1U) / Size(0U)).valid());
  EXPECT_FALSE((Size(1U) % Size(0U)).valid());
  EXPECT_EQ((Size(1U) << Size(63U)).value(), uint64_t{1} << 63);
  EXPECT_FALSE((Size(2U) << Size(63U)).valid());
  EXPECT_FALSE((Size(1U) << Size(64U)).valid());
}

TEST(SizeTest, WhatIsComputedFromAnInvalidSizeIsInvalidAndEqualsNothing) {
  const Size invalid = Size(1U) - Size(2U);
  EXPECT_FALSE((invalid + Size(1U)).valid());
  EXPECT_FALSE((invalid * Size(0U)).valid());
  EXPECT_FALSE(invalid == invalid);
  EXPECT_FALSE(invalid <= Size(kMost));
  EXPECT_FALSE(Size(0U) <= invalid);
  EXPECT_EQ(invalid.value(), 0U);
}

TEST(SizeTest, BytesAreElementsOnlyWithoutRemainder) {
  EXPECT_EQ(Size(12U).exactly_by(4U).value(), 3U);
  EXPECT_FALSE(Size(13U).exactly_by(4U).valid());
  EXPECT_FALSE(Size(13U).exactly_by(0U).valid());
}

TEST(SizeTest, FitsAsksForTheRangeOfAType) {
  EXPECT_TRUE(fits<uint8_t>(255U));
  EXPECT_FALSE(fits<uint8_t>(256U));
  EXPECT_FALSE(fits<uint64_t>(Size(kMost) + Size(1U)));
}

TEST(ArenaTest, GivesAlignedPiecesUntilItIsFull) {
  alignas(16) uint8_t memory[64];
  Arena arena(std::span<uint8_t>(&memory[1], 63));
  void* first = arena.allocate<uint8_t>(1U);
  void* second = arena.allocate<uint64_t>(2U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % Arena::kAlignment, 0U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % Arena::kAlignment, 0U);
  EXPECT_NE(arena.allocate<uint8_t>(16U), nullptr);
  EXPECT_EQ(arena.allocate<uint8_t>(1U), nullptr);
  arena.rewind(0);
  EXPECT_EQ(arena.allocate<uint8_t>(1U), first);
  EXPECT_EQ(arena.allocate<uint64_t>(uint64_t{1} << 61), nullptr) << "the size in bytes overflows";
  EXPECT_EQ(arena.allocate<uint8_t>(kMost), nullptr);
  EXPECT_EQ(arena.allocate<uint8_t>(Size::invalid()), nullptr);
}

TEST(WireTest, AFailureStopsEverythingAfterIt) {
  uint8_t memory[8] = {};
  Writer writer(memory);
  writer.number(uint32_t{1});
  writer.number(uint64_t{2});
  writer.number(uint8_t{3});
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.position(), 4U);
  EXPECT_EQ(memory[4], 0);
  Reader reader(memory);
  EXPECT_EQ(reader.number<uint32_t>(), 1U);
  EXPECT_EQ(reader.number<uint64_t>(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.number<uint8_t>(), 0U);
}

TEST(WireTest, MeasuringCountsWhatWritingWrites) {
  const auto write = [](Writer& writer) {
    writer.number(uint8_t{1});
    write_objects(writer, "0123456789", 10U);
    const uint64_t many[64] = {};
    write_objects(writer, many, 64U);
    calls::Row row{0, nullptr, nullptr};
    write_objects(writer, &row, 1U);
  };
  Writer measure;
  write(measure);
  std::vector<uint8_t> memory(measure.position());
  Writer writer(memory);
  write(writer);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.remaining(), 0U);
}

struct Loose {  // with a bool and padding
  uint8_t a;
  uint32_t b;
  bool c;
};

TEST(LayoutTest, KnowsPaddingBoolsAndDepth) {
  static_assert(kPacked<int> && kPacked<double[3]> && !kPacked<long double> && !kPacked<calls::Point>);
  static_assert(kHasBool<bool[2]> && kHasBool<calls::Point> && !kHasBool<calls::Buffer>);
  static_assert(kDeep<calls::Buffer> && kDeep<calls::Table> && kDeep<calls::Row[2]> && !kDeep<calls::Point>);
  static_assert(!kPacked<Loose>);
}

TEST(ObjectTest, StoringLeavesNothingOfThePadding) {
  calls::Point point;
  std::memset(static_cast<void*>(&point), 0xff, sizeof point);
  point.tag = 1;
  point.x = 2;
  point.lit = true;
  point.weight = 0;
  uint8_t stored[sizeof point];
  store_object(stored, point);
  uint8_t expected[sizeof point] = {};
  expected[offsetof(calls::Point, tag)] = 1;
  expected[offsetof(calls::Point, x)] = 2;
  expected[offsetof(calls::Point, lit)] = 1;
  EXPECT_EQ(std::memcmp(stored, expected, sizeof stored), 0);
}

TEST(ObjectTest, ALongDoubleIsStoredWithoutItsUnusedBytes) {
  long double value = 1;
  std::memset(reinterpret_cast<uint8_t*>(&value) + 10, 0xff, 6);
  uint8_t stored[sizeof value];
  store_object(stored, value);
  for (size_t i = 10; i < sizeof stored; ++i) EXPECT_EQ(stored[i], 0) << i;
}

TEST(ObjectTest, DeepPointersAreStoredAsZero) {
  uint8_t data[4];
  const calls::Buffer buffer{4, data};
  uint8_t stored[sizeof buffer];
  store_object(stored, buffer);
  for (size_t i = offsetof(calls::Buffer, data); i < sizeof stored; ++i) EXPECT_EQ(stored[i], 0) << i;
}

TEST(AllocationTest, ASuccessfulCallAllocatesNothing) {
  TwoSides sides;
  calls::Point points[2] = {};
  const uint16_t pair[2] = {1, 2};
  calls::Row rows[1] = {{2, points, pair}};
  char name[4] = "abc";
  calls::Table table{1, rows, {4, name}};
  char text[] = "text";
  const uint8_t request[] = {'g'};
  std::vector<uint32_t> values(10'000, 1);
  const size_t before = allocations;
  const bool all = sides.enclave.add(1, 2).has_value() && sides.enclave.table(table).has_value() &&
                   sides.enclave.upper(text).has_value() && sides.enclave.length_of("hello").has_value() &&
                   sides.enclave.sum(values).has_value() && sides.enclave.from_host(request).has_value();
  const size_t after = allocations;
  EXPECT_TRUE(all);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace strongroom::edge
