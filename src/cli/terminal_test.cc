#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace strongroom::cli {
namespace {

TEST(Wrapped, ShortTextStaysOnOneLine) {
  EXPECT_EQ(wrapped("one two", 4, 20), "one two");
  EXPECT_EQ(wrapped("", 4, 20), "");
}

TEST(Wrapped, BreaksAtSpacesAndIndents) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "one two\n  three");
}

TEST(Wrapped, AWordLongerThanTheLineStandsAlone) {
  EXPECT_EQ(wrapped("a unbreakable b", 0, 5), "a\nunbreakable\nb");
}

}  // namespace
}  // namespace strongroom::cli
