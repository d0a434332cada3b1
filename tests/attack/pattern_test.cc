#include "pattern.h"

#include <gtest/gtest.h>

namespace strongroom::attack {
namespace {

TEST(Pattern, DoublesStandInMemoryOrder) {
  const double numbers[] = {17.99, -2.5};
  EXPECT_TRUE(equal(doubles_pattern("17.99,-2.5").value().bytes, object_bytes(numbers)));
}

TEST(Pattern, WhatIsNotANumberIsNamed) {
  EXPECT_EQ(doubles_pattern("1,x,2").error().message, "\"x\" is not a number");
}

TEST(Pattern, AShortPatternIsRefused) {
  EXPECT_FALSE(hex_pattern("00ff").has_value());
  EXPECT_EQ(hex_pattern("00ff00ff").value().bytes.size(), 4u);
}

TEST(Search, FindsAtEveryPositionOfABorder) {
  const std::vector<Pattern> patterns{text_pattern("needle")};
  const std::string memory = "....needle....";
  for (size_t cut = 0; cut <= memory.size(); ++cut) {
    Search search(patterns);
    search.piece("heap", 100, as_bytes(memory).first(cut));
    search.piece("heap", 100 + cut, as_bytes(memory).subspan(cut));
    ASSERT_EQ(search.hit_count(), 1u) << "cut at " << cut;
    EXPECT_EQ(search.hits()[0].address, 104u);
  }
}

TEST(Search, FindsAPatternInManySmallPieces) {
  const std::vector<Pattern> patterns{text_pattern("needle")};
  Search search(patterns);
  const std::string memory = "aneedleneedle";
  for (size_t i = 0; i < memory.size(); ++i) search.piece("heap", i, as_bytes(memory).subspan(i, 1));
  ASSERT_EQ(search.hit_count(), 2u);
  EXPECT_EQ(search.hits()[1].address, 7u);
}

TEST(Search, DoesNotJoinWhatIsApart) {
  const std::vector<Pattern> patterns{text_pattern("needle")};
  Search search(patterns);
  search.piece("heap", 0, as_bytes("nee"));
  search.piece("heap", 4096, as_bytes("dle"));
  search.piece("stack", 4099, as_bytes("needle"));
  EXPECT_EQ(search.hit_count(), 1u);
}

TEST(Search, CountsOnPastWhatItKeeps) {
  const std::vector<Pattern> patterns{text_pattern("aaaa")};
  Search search(patterns);
  const std::string memory(103, 'a');
  search.piece("heap", 0, as_bytes(memory));
  EXPECT_EQ(search.hit_count(), 100u);
  EXPECT_EQ(search.hits().size(), Search::kMaximumHits);
}

}  // namespace
}  // namespace strongroom::attack
