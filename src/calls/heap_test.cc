#include "calls/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace strongroom::calls {
namespace {

class HeapTest : public ::testing::Test {
 protected:
  static constexpr size_t kSize = size_t{1} << 20;
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(kSize);
  Heap heap_{memory_};
};

TEST_F(HeapTest, APieceIsLargeEnoughAndInside) {
  for (const size_t size : {0, 1, 4096, 4097, 100'000}) {
    const auto piece = heap_.take(size);
    ASSERT_GE(piece.size(), std::max<size_t>(size, 1));
    EXPECT_GE(piece.data(), memory_.data());
    EXPECT_LE(piece.data() + piece.size(), memory_.data() + kSize);
  }
}

TEST_F(HeapTest, WhatDoesNotFitIsRefused) {
  EXPECT_TRUE(heap_.take(kSize).empty());
  EXPECT_TRUE(heap_.take(SIZE_MAX).empty());
  EXPECT_TRUE(heap_.take(SIZE_MAX - 4095).empty());
}

TEST_F(HeapTest, AllThatWasGivenBackCanBeTakenAgainInOnePiece) {
  const size_t most = kSize - Heap::kSmallPieces * Heap::kSmallPiece;
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::span<uint8_t>> pieces;
    while (true) {
      const auto piece = heap_.take(random() % 60'000);
      if (piece.empty()) break;
      pieces.push_back(piece);
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (const auto piece : pieces) heap_.give(piece);
    const auto all = heap_.take(most);
    ASSERT_EQ(all.size(), most);
    heap_.give(all);
  }
}

TEST_F(HeapTest, PiecesOfManyThreadsNeverMeet) {
  const auto work = [&](uint8_t mark) {
    std::mt19937 random(mark);
    for (int round = 0; round < 2000; ++round) {
      const auto piece = heap_.take(random() % 20'000);
      if (piece.empty()) continue;
      std::fill(piece.begin(), piece.end(), mark);
      const bool whole = std::all_of(piece.begin(), piece.end(), [&](uint8_t byte) { return byte == mark; });
      EXPECT_TRUE(whole);
      heap_.give(piece);
    }
  };
  std::vector<std::thread> threads;
  for (uint8_t mark = 1; mark <= 4; ++mark) threads.emplace_back(work, mark);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace strongroom::calls
