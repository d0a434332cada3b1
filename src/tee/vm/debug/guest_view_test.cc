#include "tee/vm/debug/guest_view.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

#include "arch/page.h"
#include "kernel/port/vm_layout.h"

namespace strongroom::tee::vm::debug {
namespace {

using namespace strongroom::kernel;
using arch::kPageSize;

// 16 pages of guest-physical memory: 0 to 3 are tables for addresses 0x4000 and 0x5000, which are pages 4
// and 5.
class GuestViewTest : public testing::Test {
 protected:
  GuestViewTest() {
    for (uint64_t table = 0; table < 3; ++table) entry(table, 0) = (table + 1) * kPageSize | kTable;
    entry(3, 4) = 4 * kPageSize | kPagePresent | kPageUser;
    entry(3, 5) = 5 * kPageSize | kTable;
    std::iota(memory.begin() + 4 * kPageSize, memory.begin() + 6 * kPageSize, uint8_t{0});
  }
  uint64_t& entry(uint64_t page, uint64_t index) {
    return reinterpret_cast<uint64_t*>(memory.data() + page * kPageSize)[index];
  }
  static constexpr uint64_t kTable = kPagePresent | kPageWritable | kPageUser;
  alignas(4096) std::array<uint8_t, 16 * kPageSize> memory{};
  GuestView view{0, [this](uint64_t address) {
                   return address + kPageSize <= memory.size() ? std::span(memory).subspan(address, kPageSize)
                                                               : std::span<uint8_t>();
                 }};
};

TEST_F(GuestViewTest, ReadsAcrossPagesAndEndsWhereMemoryDoes) {
  std::vector<uint8_t> bytes(4);
  EXPECT_EQ(view.read(0x4ffe, bytes), 4u);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0xfe, 0xff, 0x00, 0x01}));
  EXPECT_EQ(view.read(0x5ffe, bytes), 2u);
  EXPECT_EQ(view.read(0x6000, bytes), 0u);
}

TEST_F(GuestViewTest, WritesWhatTheGuestMayOnlyReadAndMarksItForTheFlush) {
  const std::vector<uint8_t> bytes{0xaa, 0xbb};
  EXPECT_TRUE(view.write(0x4fff, bytes));
  EXPECT_EQ(memory[0x4fff], 0xaa);
  EXPECT_EQ(memory[0x5000], 0xbb);
  EXPECT_NE(entry(3, 4) & kPageDirty, 0u);
}

TEST_F(GuestViewTest, WritesAllOrNothing) {
  const std::vector<uint8_t> bytes(2, 0xaa);
  EXPECT_FALSE(view.write(0x5fff, bytes));
  EXPECT_EQ(memory[0x5fff], 0xff);
}

TEST_F(GuestViewTest, RefusesAddressesThatAreNotCanonicalAndRing0sPages) {
  std::vector<uint8_t> byte(1);
  EXPECT_EQ(view.read(uint64_t{1} << 47 | 0x4000, byte), 0u);
  EXPECT_EQ(view.read(UINT64_MAX, byte), 0u);
  entry(3, 4) &= ~kPageUser;
  EXPECT_EQ(view.read(0x4000, byte), 0u);
}

TEST_F(GuestViewTest, FollowsHostileTablesNowhere) {
  std::vector<uint8_t> bytes(1);
  entry(3, 4) = 0x000ffffffffff000 | kTable;
  EXPECT_EQ(view.read(0x4000, bytes), 0u);
  entry(2, 0) = uint64_t{1} << 40 | kTable;
  EXPECT_EQ(view.read(0x4000, bytes), 0u);
  entry(0, 0) = kTable;  // a table that is its own entry
  EXPECT_LE(view.read(0, bytes), 1u);
}

TEST_F(GuestViewTest, HidesBreakpointsFromReadersAndKeepsThemUnderWrites) {
  ASSERT_TRUE(view.set_breakpoint(0x4010));
  EXPECT_EQ(memory[0x4010], 0xcc);
  std::vector<uint8_t> bytes(3);
  EXPECT_EQ(view.read(0x400f, bytes), 3u);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0x0f, 0x10, 0x11}));
  EXPECT_TRUE(view.write(0x400f, std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(memory[0x4010], 0xcc);
  EXPECT_TRUE(view.remove_breakpoint(0x4010));
  EXPECT_EQ(memory[0x4010], 2);
  EXPECT_FALSE(view.remove_breakpoint(0x4010));
  EXPECT_FALSE(view.set_breakpoint(0x7000));
}

}  // namespace
}  // namespace strongroom::tee::vm::debug
