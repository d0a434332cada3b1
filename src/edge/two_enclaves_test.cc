// Two interfaces with functions and types of the same names in one process.
#include <gtest/gtest.h>

#include "edge/calls_fixture.h"
#include "other_enclave.h"
#include "other_host.h"
#include "small_enclave.h"
#include "small_host.h"

namespace other::ecall {
int32_t add(int32_t a, int32_t b) {
  const auto noted = host::note("other");
  return noted ? a * b : -1;
}
int64_t one(const Point& from) {
  return from.z;
}
}  // namespace other::ecall

namespace small::ecall {
int add(int a, int b) {
  return a + b;
}
}  // namespace small::ecall

namespace strongroom::edge {
namespace {

class OtherHost : public other::HostFunctions {
 public:
  void note(std::string_view text) override { noted = text; }
  std::string noted;
};

class TwoEnclavesTest : public testing::Test {
 protected:
  TwoEnclavesTest() {
    to_other_.serve = [this](std::span<uint8_t> memory, size_t size) {
      ServerCall call{memory, size, arena_, &to_host_};
      other::serve(call);
    };
    to_host_.serve = [this](std::span<uint8_t> memory, size_t size) {
      ServerCall call{memory, size, arena_};
      other::serve(host_, call);
    };
  }
  TwoSides calls_;
  std::vector<uint8_t> memory_ = std::vector<uint8_t>(65536);
  Arena arena_{memory_};
  Loopback to_other_;
  Loopback to_host_;
  OtherHost host_;
};

TEST_F(TwoEnclavesTest, EachCallReachesItsOwnEnclaveAndHost) {
  other::Enclave other(to_other_);
  EXPECT_EQ(calls_.enclave.add(6, 7).value(), 13);
  EXPECT_EQ(other.add(6, 7).value(), 42);
  EXPECT_EQ(other.one({.z = 1LL << 40}).value(), 1LL << 40);
  EXPECT_EQ(host_.noted, "other");
  EXPECT_EQ(calls_.host.noted, "");
}

TEST_F(TwoEnclavesTest, ACallToTheWrongEnclaveIsRefused) {
  calls::Enclave misdirected(to_other_);
  const Result<int32_t> result = misdirected.add(1, 2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "calls.add: the two sides were built from different EDL files; build both again");
}

}  // namespace
}  // namespace strongroom::edge
