#include "tee/start_pages.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strongroom::tee {
namespace {

TEST(StartPages, KnowNothingUntilAnEnclaveTells) {
  const auto pages = StartPages::create(20).value();
  EXPECT_FALSE(pages.known());
  EXPECT_EQ(pages.groups(), (std::vector<uint8_t>{0, 0, 0}));
}

TEST(StartPages, OfOneProcessAreKnownToItsRelatives) {
  const auto pages = StartPages::create(20).value();
  const pid_t child = fork();
  if (child == 0) {
    pages.learn(std::vector<uint8_t>{0x81, 0, 3});
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(pages.known());
  EXPECT_EQ(pages.groups(), (std::vector<uint8_t>{0x81, 0, 3}));
}

TEST(StartPages, BeyondTheImageAreLeftOut) {
  const auto pages = StartPages::create(8).value();
  pages.learn(std::vector<uint8_t>(5000, 0xff));
  EXPECT_EQ(pages.groups(), (std::vector<uint8_t>{0xff}));
}

TEST(StartPages, NotToldOfAreNotTouched) {
  const auto pages = StartPages::create(24).value();
  pages.learn(std::vector<uint8_t>{2});
  EXPECT_TRUE(pages.known());
  EXPECT_EQ(pages.groups(), (std::vector<uint8_t>{2, 0, 0}));
}

}  // namespace
}  // namespace strongroom::tee
