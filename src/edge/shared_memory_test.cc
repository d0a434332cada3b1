// In what units messages are read and written where they must be in whole words.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/testing/watched_page.h"
#include "strongroom/edge/object.h"
#include "strongroom/edge/wire.h"

namespace strongroom::edge {
namespace {

using strongroom::testing::kWatchedPage;
using strongroom::testing::watched;

class SharedMemory : public strongroom::testing::WatchedPage {
 protected:
  SharedMemory() { shared_in_words = true; }
  ~SharedMemory() override { shared_in_words = false; }
  // The words that hold [offset, offset + size).
  static std::vector<size_t> words_around(size_t offset, size_t size) {
    return size == 0 ? std::vector<size_t>() : words(offset / 8 * 8, size + offset % 8);
  }
  // What was accessed, a word that is read and then written to once.
  static std::vector<size_t> accessed() {
    std::vector<size_t> out = watched.accesses;
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
};

TEST_F(SharedMemory, IsReadInWholeAlignedWordsEachOnce) {
  look([] { std::iota(watched.page, watched.page + kWatchedPage, uint8_t{1}); });
  for (size_t size = 0; size < 40; ++size)
    for (const size_t offset : {0, 1, 3, 7, 8, 13, 4056}) {
      watched.accesses.clear();
      std::vector<uint8_t> out(size + 1, 0xee);
      copy_once(out.data(), watched.page + offset, size);
      EXPECT_EQ(watched.accesses, words_around(offset, size)) << offset << " " << size;
      look([&] {
        EXPECT_EQ(std::memcmp(out.data(), watched.page + offset, size), 0) << offset << " " << size;
      });
      EXPECT_EQ(out[size], 0xee);
    }
}

TEST_F(SharedMemory, IsWrittenInWholeAlignedWordsThatKeepWhatSurroundsTheData) {
  std::vector<uint8_t> in(64);
  std::iota(in.begin(), in.end(), uint8_t{1});
  for (size_t size = 0; size < 40; ++size)
    for (const size_t offset : {0, 1, 3, 7, 8, 13, 4056}) {
      std::vector<uint8_t> expected(kWatchedPage, 0xcc);
      std::copy_n(in.begin(), size, expected.begin() + static_cast<ptrdiff_t>(offset));
      look([] { std::memset(watched.page, 0xcc, kWatchedPage); });
      watched.accesses.clear();
      write_shared(watched.page + offset, in.data(), size);
      EXPECT_EQ(accessed(), words_around(offset, size)) << offset << " " << size;
      look([&] {
        EXPECT_EQ(std::memcmp(expected.data(), watched.page, kWatchedPage), 0) << offset << " " << size;
      });
    }
}

TEST_F(SharedMemory, IsClearedInWholeAlignedWords) {
  look([] { std::memset(watched.page, 0xcc, kWatchedPage); });
  watched.accesses.clear();
  clear_shared(watched.page + 5, 150);
  EXPECT_EQ(accessed(), words_around(5, 150));
  look([] {
    EXPECT_EQ(watched.page[4], 0xcc);
    EXPECT_EQ(std::count(watched.page + 5, watched.page + 155, 0), 150);
    EXPECT_EQ(watched.page[155], 0xcc);
  });
}

TEST_F(SharedMemory, TakesMessagesOfOddPartsInWholeAlignedWords) {
  const long double number = 1.5L;
  watched.accesses.clear();
  Writer writer({watched.page, 256});
  writer.number(uint8_t{7});
  writer.number(uint32_t{0x01020304});
  writer.align();
  store_object(writer.block(sizeof number), number);
  writer.bytes("odd", 3);
  ASSERT_TRUE(writer.ok());
  Reader reader({watched.page, 256});
  EXPECT_EQ(reader.number<uint8_t>(), 7);
  EXPECT_EQ(reader.number<uint32_t>(), 0x01020304u);
  reader.align();
  long double copy = 0;
  reader.copy(&copy, sizeof copy);
  EXPECT_EQ(copy, number);
  for (const size_t access : watched.accesses) EXPECT_EQ(access % 8, 0u);
}

}  // namespace
}  // namespace strongroom::edge
