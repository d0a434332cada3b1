// C on both sides of the boundary, by the entry points that --c generates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "edge/loopback.h"
#include "plain_enclave.h"
#include "plain_host.h"
#include "plain_host_c.h"

extern "C" char plain_logged[32];

namespace strongroom::edge {
namespace {

using testing::ElementsAre;

class CEntryTest : public testing::Test {
 protected:
  CEntryTest() {
    to_enclave_.serve = [this](std::span<uint8_t> memory, size_t size) {
      ServerCall call{memory, size, arena_, &to_host_};
      plain::serve(call);
    };
    to_host_.serve = [this](std::span<uint8_t> memory, size_t size) {
      ServerCall call{memory, size, arena_};
      plain::serve(*static_cast<plain::HostFunctions*>(plain_host_functions()), call);
    };
  }
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(65536);
  Arena arena_{memory_};
  Loopback to_enclave_;
  Loopback to_host_;
  plain::Enclave cpp_{to_enclave_};
  plain_enclave* enclave_ = reinterpret_cast<plain_enclave*>(&cpp_);
};

TEST_F(CEntryTest, ValuesAndResults) {
  int32_t result = 0;
  ASSERT_EQ(plain_plain_add(enclave_, &result, 40, 2), 0U);
  EXPECT_EQ(result, 42);
  Pair swapped{};
  ASSERT_EQ(plain_plain_swap(enclave_, &swapped, Pair{1, 2}, FAST), 0U);
  EXPECT_EQ(swapped.a, 2);
  EXPECT_EQ(swapped.b, 1);
  EXPECT_EQ(plain_plain_add(enclave_, nullptr, 1, 1), 0U) << "the result may be left out";
}

TEST_F(CEntryTest, PointersWithCountsAndSizes) {
  const uint32_t values[] = {1, 2, 3};
  uint64_t sum = 0;
  ASSERT_EQ(plain_plain_sum(enclave_, &sum, values, 3), 0U);
  EXPECT_EQ(sum, 6U);
  uint8_t bytes[4] = {};
  ASSERT_EQ(plain_plain_fill(enclave_, bytes, 3, 9), 0U);
  EXPECT_THAT(bytes, ElementsAre(9, 9, 9, 0));
}

TEST_F(CEntryTest, ANullPointerIsAnErrorUnlessNothingIsThere) {
  uint64_t sum = 7;
  EXPECT_EQ(plain_plain_sum(enclave_, &sum, nullptr, 3),
            1U + static_cast<uint32_t>(ErrorCode::kInvalidArgument));
  EXPECT_STREQ(strongroom_edge_error(),
               "plain.plain_sum: 'values' is a null pointer, or its length cannot be");
  EXPECT_EQ(plain_plain_sum(enclave_, &sum, nullptr, 0), 0U);
  EXPECT_NE(plain_plain_upper(enclave_, nullptr), 0U);
  const int grid[2][3] = {};
  EXPECT_NE(plain_plain_grid(enclave_, const_cast<int(*)[3]>(grid), nullptr, nullptr), 0U);
}

TEST_F(CEntryTest, StringsArraysAndStructures) {
  size_t length = 0;
  ASSERT_EQ(plain_plain_length(enclave_, &length, "four"), 0U);
  EXPECT_EQ(length, 4U);
  ASSERT_EQ(plain_plain_length(enclave_, &length, nullptr), 0U);
  EXPECT_EQ(length, 1000U) << "a null string stays one";
  char text[] = "shout";
  ASSERT_EQ(plain_plain_upper(enclave_, text), 0U);
  EXPECT_STREQ(text, "SHOUT");
  int grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
  const Pair pair{2, 0};
  int sum = 0;
  ASSERT_EQ(plain_plain_grid(enclave_, grid, &sum, &pair), 0U);
  EXPECT_EQ(sum, 42);
}

TEST_F(CEntryTest, DeepDataAndTypesOfHeaders) {
  uint8_t data[] = {1, 2};
  Blob blobs[] = {{2, data}};
  uint64_t sum = 0;
  ASSERT_EQ(plain_plain_blobs(enclave_, &sum, blobs, 1), 0U);
  EXPECT_EQ(sum, 3U);
  EXPECT_THAT(data, ElementsAre(2, 3));
  triple_t three{};
  ASSERT_EQ(plain_plain_types(enclave_, data, 2, three), 0U);
  EXPECT_THAT(three, ElementsAre(2, 0, 2));
}

TEST_F(CEntryTest, OcallsAndErrno) {
  int result = 0;
  errno = 0;
  ASSERT_EQ(plain_plain_ask(enclave_, &result, 10), 0U);
  EXPECT_EQ(result, 25);
  EXPECT_EQ(errno, ERANGE);
  EXPECT_STREQ(plain_logged, "asking");
}

TEST_F(CEntryTest, AFailedCallSaysWhyAndClearsTheResult) {
  to_enclave_.dead = true;
  int32_t result = 5;
  EXPECT_EQ(plain_plain_add(enclave_, &result, 1, 2), 1U + static_cast<uint32_t>(ErrorCode::kUnavailable));
  EXPECT_STREQ(strongroom_edge_error(), "plain.plain_add: the enclave has ended: killed by a test");
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace strongroom::edge
