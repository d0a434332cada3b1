#include "kernel/region_list.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "kernel/text.h"

namespace strongroom::kernel {
namespace {

constexpr uint64_t kPage = 4096;

class RegionListTest : public testing::Test {
 protected:
  RegionListTest() { list.start(storage.data(), storage.size()); }
  void add(uint64_t begin, uint64_t end, uint32_t protection = 3, RegionKind kind = RegionKind::kAnonymous) {
    list.insert({begin * kPage, end * kPage, protection, kind});
  }
  std::vector<Region> storage = std::vector<Region>(600);
  RegionList list;
};

TEST_F(RegionListTest, NeighboursThatAreAlikeBecomeOne) {
  add(1, 2);
  add(3, 4);
  add(2, 3);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].begin, kPage);
  EXPECT_EQ(list[0].end, 4 * kPage);
}

TEST_F(RegionListTest, NeighboursThatDifferStayApart) {
  add(1, 2, 3);
  add(2, 3, 1);
  add(3, 4, 1, RegionKind::kStack);
  EXPECT_EQ(list.size(), 3u);
}

TEST_F(RegionListTest, RemovingTheMiddleLeavesTwo) {
  add(1, 10);
  list.remove(4 * kPage, 6 * kPage);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].end, 4 * kPage);
  EXPECT_EQ(list[1].begin, 6 * kPage);
  EXPECT_FALSE(list.overlaps(4 * kPage, 6 * kPage));
  EXPECT_TRUE(list.overlaps(3 * kPage, 5 * kPage));
}

TEST_F(RegionListTest, TheHighestGapThatIsLargeEnoughIsFound) {
  add(10, 20);
  add(22, 30);
  EXPECT_EQ(list.highest_gap(0, 32 * kPage, 2 * kPage), 30 * kPage);
  EXPECT_EQ(list.highest_gap(0, 31 * kPage, 2 * kPage), 20 * kPage);
  EXPECT_EQ(list.highest_gap(0, 31 * kPage, 3 * kPage), 7 * kPage);
  EXPECT_EQ(list.highest_gap(8 * kPage, 31 * kPage, 3 * kPage), 0u);
}

// A map from page to protection is the model.
TEST_F(RegionListTest, AgreesWithAModelOverRandomChanges) {
  std::mt19937 random(7);
  std::map<uint64_t, uint32_t> model;
  for (int step = 0; step < 5000; ++step) {
    const uint64_t begin = random() % 200;
    const uint64_t end = begin + 1 + random() % 20;
    list.remove(begin * kPage, end * kPage);
    for (uint64_t page = begin; page < end; ++page) model.erase(page);
    if (random() % 2 == 0) {
      const uint32_t protection = random() % 2 == 0 ? 1 : 3;
      add(begin, end, protection);
      for (uint64_t page = begin; page < end; ++page) model[page] = protection;
    }
    uint64_t pages = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) {
        ASSERT_LE(list[i - 1].end, list[i].begin);
        ASSERT_FALSE(list[i - 1].end == list[i].begin && list[i - 1].protection == list[i].protection)
            << "not merged";
      }
      for (uint64_t page = list[i].begin / kPage; page < list[i].end / kPage; ++page, ++pages)
        ASSERT_EQ(model.at(page), list[i].protection);
    }
    ASSERT_EQ(pages, model.size());
  }
}

TEST(Text, ComposesNumbersAndCutsWhatDoesNotFit) {
  EXPECT_EQ(Text<32>().add("a ").decimal(0).add(" ").decimal(18446744073709551615u).view(),
            "a 0 18446744073709551615");
  EXPECT_EQ(Text<32>().hexadecimal(0xabc).view(), "0xabc");
  EXPECT_EQ(Text<32>().hexadecimal(0xabc, 6, "").view(), "000abc");
  EXPECT_EQ(Text<4>().add("abcdef").view(), "abcd");
}

}  // namespace
}  // namespace strongroom::kernel
