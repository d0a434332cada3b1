#include "cli/date.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace strongroom::cli {
namespace {

TEST(Date, IsBinaryCodedDecimal) {
  EXPECT_EQ(parse_date("20240229").value(), 0x20240229u);
}

TEST(Date, WhatIsNotADayIsRefused) {
  for (const char* text :
       {"", "2024022", "202402290", "20230229", "20241301", "2024-2-9", "0x240229", "2024ab01"})
    EXPECT_FALSE(parse_date(text).has_value()) << text;
}

TEST(SigningDate, FollowsSourceDateEpoch) {
  setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  EXPECT_EQ(signing_date().value(), 0x20231114u);
  for (const char* text : {"", "yesterday", "-1", "99999999999999"}) {
    setenv("SOURCE_DATE_EPOCH", text, 1);
    EXPECT_FALSE(signing_date().has_value()) << text;
  }
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_GT(signing_date().value(), 0x20250101u);
}

}  // namespace
}  // namespace strongroom::cli
