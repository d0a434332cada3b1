#include "kernel/fs/file_content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "kernel/testing/host_kernel.h"

namespace strongroom::kernel {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes read_all(const FileContent& content) {
  Bytes bytes(content.size() + 10, 0xee);
  Transfer to(bytes.data(), bytes.size());
  bytes.resize(content.read(to, 0).take());
  return bytes;
}

size_t write(FileContent& content, uint64_t offset, Bytes bytes) {
  Transfer from(bytes.data(), bytes.size());
  return content.write(from, offset).take();
}

Bytes pattern(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(FileContent, IsWhatAnArrayOfBytesWouldBeUnderRandomOperations) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    const Bytes measured = pattern(random() % 40'000, seed);
    FileContent content;
    Bytes model;
    if (seed % 2 == 0) {
      content.borrow(measured.data(), measured.size());
      model = measured;
    }
    for (int step = 0; step < 200; ++step) {
      const uint64_t offset = random() % 50'000;
      const uint64_t size = random() % 9'000 + 1;
      switch (random() % 4) {
        case 0: {
          const Bytes bytes = pattern(size, static_cast<uint32_t>(random()));
          ASSERT_EQ(write(content, offset, bytes), size);
          if (model.size() < offset + size) model.resize(offset + size);
          std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<ptrdiff_t>(offset));
          break;
        }
        case 1:
          ASSERT_TRUE(content.resize(offset).ok());
          model.resize(offset);
          break;
        case 2:
          ASSERT_TRUE(content.punch(offset, size).ok());
          for (uint64_t at = offset; at < std::min<uint64_t>(offset + size, model.size()); ++at)
            model[at] = 0;
          break;
        default:
          ASSERT_TRUE(content.reserve(offset, size).ok());
      }
      ASSERT_EQ(read_all(content), model) << "seed " << seed << ", step " << step;
    }
  }
  EXPECT_EQ(testing::live_blocks(), 0u);
}

TEST(FileContent, MeasuredBytesTakeNoMemoryUntilTheyAreWritten) {
  const Bytes measured = pattern(3 * kBlockSize + 100, 1);
  FileContent content;
  content.borrow(measured.data(), measured.size());
  EXPECT_EQ(read_all(content), measured);
  EXPECT_EQ(content.memory(), 0u);
  EXPECT_EQ(write(content, kBlockSize + 5, {1, 2, 3}), 3u);
  EXPECT_EQ(content.memory(), kBlockSize);
  EXPECT_EQ(measured, pattern(3 * kBlockSize + 100, 1));
}

TEST(FileContent, SparseFilesTakeMemoryForTheirBlocksOnly) {
  FileContent content;
  EXPECT_EQ(write(content, 1ul << 45, {42}), 1u);
  EXPECT_EQ(content.size(), (1ul << 45) + 1);
  EXPECT_EQ(content.memory(), kBlockSize);
  EXPECT_EQ(content.next_data(0).take(), 1ul << 45);
  EXPECT_EQ(content.next_hole(0), 0u);
  EXPECT_EQ(content.next_hole(1ul << 45), (1ul << 45) + 1);
}

TEST(FileContent, TheLargestFileEndsWhereOffsetsEnd) {
  FileContent content;
  EXPECT_EQ(content.resize(kMaximumFileSize + 1).error(), Errno::kFileTooBig);
  EXPECT_EQ(write(content, kMaximumFileSize - 1, {1, 2}), 1u);
  uint8_t byte = 0;
  Transfer from(&byte, 1);
  EXPECT_EQ(content.write(from, kMaximumFileSize).error(), Errno::kFileTooBig);
}

TEST(FileContent, AFaultInTheMiddleOfAWriteLeavesZerosBeyondTheEnd) {
  Bytes bytes(2 * kBlockSize, 0xaa);
  const IoSegment segments[] = {{reinterpret_cast<uint64_t>(bytes.data()), 100}, {8, 100}};
  FileContent content;
  Transfer from(segments, 200);
  EXPECT_EQ(content.write(from, 0).error(), Errno::kFault);
  EXPECT_EQ(content.size(), 0u);
  ASSERT_TRUE(content.resize(200).ok());
  EXPECT_EQ(read_all(content), Bytes(200, 0));
}

TEST(FileContent, OutOfMemoryWritesWhatFits) {
  FileContent content;
  const size_t size = 5 * kBlockSize;
  testing::fail_allocation(4);  // one node and three blocks
  EXPECT_EQ(write(content, 0, Bytes(size, 7)), 3 * kBlockSize);
  testing::fail_allocation(0);
  Bytes more(1, 7);
  Transfer from(more.data(), 1);
  EXPECT_EQ(content.write(from, 3 * kBlockSize).error(), Errno::kNoSpace);
  testing::fail_allocation(-1);
  EXPECT_EQ(read_all(content), Bytes(3 * kBlockSize, 7));
}

TEST(FileContent, ReserveRefusesWhatCannotFitAndTakesNothing) {
  FileContent content;
  EXPECT_EQ(content.reserve(0, 1ul << 40).error(), Errno::kNoSpace);
  EXPECT_EQ(content.memory(), 0u);
}

}  // namespace
}  // namespace strongroom::kernel
