#include "report.h"

#include <gtest/gtest.h>

namespace strongroom::bench {
namespace {

TEST(Median, IsTheMiddleValueWhateverTheOrder) {
  EXPECT_EQ(median({5, 1, 3}), 3);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({}), 0);
}

TEST(Row, ACostHoldsUpToItsTarget) {
  EXPECT_TRUE(make_row("a", "vm", 30, "ns", 10, Bound::kAtMost, 3).holds);
  EXPECT_FALSE(make_row("a", "vm", 31, "ns", 10, Bound::kAtMost, 3).holds);
}

TEST(Row, ASpeedIsTheFloorsCostOverItsOwn) {
  const Row row = make_row("a", "vm", 125, "ns", 100, Bound::kAtLeast, 0.97);
  EXPECT_DOUBLE_EQ(row.ratio, 0.8);
  EXPECT_FALSE(row.holds);
  EXPECT_TRUE(make_row("a", "vm", 100, "ns", 98, Bound::kAtLeast, 0.97).holds);
}

TEST(Row, WhatWasNotMeasuredDoesNotHold) {
  EXPECT_FALSE(make_row("a", "vm", 0, "ns", 10, Bound::kAtMost, 3).holds);
  EXPECT_FALSE(make_row("a", "vm", 10, "ns", 0, Bound::kAtMost, 3).holds);
}

TEST(Rows, SurviveJson) {
  const std::vector<Row> rows{make_row("a/b", "process", 1.5, "ns", 1, Bound::kAtMost, 2),
                              make_row("c", "vm", 3, "ms", 2, Bound::kAtLeast, 0.97)};
  const auto back = parse_json(to_json(rows));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_json(*back), to_json(rows));
  EXPECT_EQ(back->at(1).bound, Bound::kAtLeast);
}

TEST(Rows, OtherJsonIsRefused) {
  for (const char* text : {"", "{", "[{\"name\": 1}]", "[{}]"})
    EXPECT_FALSE(parse_json(text).has_value()) << text;
}

}  // namespace
}  // namespace strongroom::bench
