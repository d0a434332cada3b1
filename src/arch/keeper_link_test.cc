#include "arch/keeper_link.h"

#include <gtest/gtest.h>

namespace strongroom::arch {
namespace {

const LaunchSecret kSecret = {1, 2, 3};
const Bytes kBody = {10, 20, 30, 40};

struct Ends {
  KeeperLinkAsker enclave{kSecret};
  KeeperLinkAnswerer keeper{kSecret};
};

TEST(KeeperLink, CarriesRequestsAndTheirAnswers) {
  Ends ends;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ends.keeper.unwrap(ends.enclave.wrap(kBody)).value(), kBody);
    EXPECT_EQ(ends.enclave.unwrap(ends.keeper.wrap(kBody)).value(), kBody);
  }
}

TEST(KeeperLink, RefusesARequestTwiceAndOneThatWasOvertaken) {
  Ends ends;
  const Bytes first = ends.enclave.wrap(kBody);
  const Bytes second = ends.enclave.wrap(kBody);
  EXPECT_TRUE(ends.keeper.unwrap(second));
  EXPECT_EQ(ends.keeper.unwrap(second).error().code, ErrorCode::kVerificationFailed);
  EXPECT_EQ(ends.keeper.unwrap(first).error().code, ErrorCode::kVerificationFailed);
}

TEST(KeeperLink, RefusesTheAnswerToAnEarlierRequest) {
  Ends ends;
  ASSERT_TRUE(ends.keeper.unwrap(ends.enclave.wrap(kBody)));
  const Bytes old = ends.keeper.wrap(kBody);
  ASSERT_TRUE(ends.keeper.unwrap(ends.enclave.wrap(kBody)));
  EXPECT_EQ(ends.enclave.unwrap(old).error().code, ErrorCode::kVerificationFailed);
}

TEST(KeeperLink, RefusesARequestAsItsOwnAnswer) {
  Ends ends;
  const Bytes request = ends.enclave.wrap(kBody);
  EXPECT_FALSE(ends.enclave.unwrap(request));
  EXPECT_FALSE(ends.enclave.unwrap(ByteView(request).subspan(8)));
}

TEST(KeeperLink, RefusesEveryFlippedBitAndEveryTruncation) {
  Ends ends;
  Bytes request = ends.enclave.wrap(kBody);
  for (size_t bit = 0; bit < request.size() * 8; ++bit) {
    request[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(ends.keeper.unwrap(request)) << bit;
    request[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  for (size_t size = 0; size < request.size(); ++size)
    EXPECT_FALSE(ends.keeper.unwrap(ByteView(request).first(size))) << size;
  EXPECT_TRUE(ends.keeper.unwrap(request));
}

TEST(KeeperLink, OfAnotherLaunchOpensNothing) {
  Ends ends;
  LaunchSecret other = kSecret;
  other.back() = 1;
  EXPECT_FALSE(KeeperLinkAnswerer(other).unwrap(ends.enclave.wrap(kBody)));
}

}  // namespace
}  // namespace strongroom::arch
