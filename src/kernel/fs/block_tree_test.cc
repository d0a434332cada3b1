#include "kernel/fs/block_tree.h"

#include <gtest/gtest.h>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using testing::fail_allocation;
using testing::live_blocks;

TEST(BlockTree, FindsWhatItMadeAndNothingElse) {
  BlockTree tree;
  for (const uint64_t index : {0ul, 1ul, 511ul, 512ul, 300'000ul, 1ul << 51}) {
    bool fresh = false;
    uint8_t* block = tree.obtain(index, fresh);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(fresh) << index;
    EXPECT_EQ(block[4095], 0);
    block[0] = static_cast<uint8_t>(index + 1);
  }
  for (const uint64_t index : {0ul, 1ul, 511ul, 512ul, 300'000ul, 1ul << 51}) {
    ASSERT_NE(tree.find(index), nullptr) << index;
    EXPECT_EQ(tree.find(index)[0], static_cast<uint8_t>(index + 1));
    EXPECT_EQ(tree.find(index + 2), nullptr);
    bool fresh = true;
    EXPECT_EQ(tree.obtain(index, fresh), tree.find(index));
    EXPECT_FALSE(fresh);
  }
  EXPECT_EQ(tree.count(), 6u);
}

TEST(BlockTree, NextGivesTheLowestBlockFromAnIndexOn) {
  BlockTree tree;
  bool fresh;
  EXPECT_EQ(tree.next(0), BlockTree::kNone);
  for (const uint64_t index : {3ul, 700ul, 1ul << 40}) ASSERT_NE(tree.obtain(index, fresh), nullptr);
  EXPECT_EQ(tree.next(0), 3u);
  EXPECT_EQ(tree.next(3), 3u);
  EXPECT_EQ(tree.next(4), 700u);
  EXPECT_EQ(tree.next(701), 1ul << 40);
  EXPECT_EQ(tree.next((1ul << 40) + 1), BlockTree::kNone);
}

TEST(BlockTree, RemoveFreesExactlyTheRange) {
  const size_t before = live_blocks();
  {
    BlockTree tree;
    bool fresh;
    for (uint64_t index = 0; index < 2000; ++index) ASSERT_NE(tree.obtain(index, fresh), nullptr);
    tree.remove(500, 1499);
    EXPECT_EQ(tree.count(), 1000u);
    EXPECT_NE(tree.find(499), nullptr);
    EXPECT_EQ(tree.find(500), nullptr);
    EXPECT_EQ(tree.find(1499), nullptr);
    EXPECT_NE(tree.find(1500), nullptr);
    tree.remove(0, BlockTree::kNone);
    EXPECT_EQ(tree.count(), 0u);
    EXPECT_EQ(live_blocks(), before);
    ASSERT_NE(tree.obtain(77, fresh), nullptr);
  }
  EXPECT_EQ(live_blocks(), before);
}

TEST(BlockTree, OutOfMemoryAtEachStepLeavesAUsableTree) {
  const size_t before = live_blocks();
  for (int64_t step = 0; step < 12; ++step) {
    BlockTree tree;
    bool fresh;
    ASSERT_NE(tree.obtain(5, fresh), nullptr);
    fail_allocation(step);
    uint8_t* block = tree.obtain(1ul << 30, fresh);
    fail_allocation(-1);
    EXPECT_NE(tree.find(5), nullptr);
    EXPECT_EQ(tree.find(1ul << 30), block);
    EXPECT_EQ(tree.count(), block == nullptr ? 1u : 2u);
    EXPECT_NE(tree.obtain(1ul << 30, fresh), nullptr);
  }
  EXPECT_EQ(live_blocks(), before);
}

}  // namespace
}  // namespace strongroom::kernel
