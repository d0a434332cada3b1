#include "crypto/random.h"

#include <gtest/gtest.h>

namespace strongroom::crypto {
namespace {

TEST(Random, TwoDrawsDiffer) {
  EXPECT_NE((random_array<32>().value()), (random_array<32>().value()));
}

TEST(Random, FillsTheWholeSpan) {
  // Of 64 draws of 40 bytes, each place differs from zero at least once, but with probability 40 * 2^-512.
  std::array<uint8_t, 40> seen{};
  for (int draw = 0; draw < 64; ++draw) {
    const auto bytes = random_array<40>().value();
    for (size_t i = 0; i < bytes.size(); ++i) seen[i] |= bytes[i];
  }
  for (const uint8_t byte : seen) EXPECT_NE(byte, 0);
}

TEST(Random, NothingIsASpanToo) {
  EXPECT_TRUE(fill_random({}));
}

}  // namespace
}  // namespace strongroom::crypto
