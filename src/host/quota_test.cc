#include "host/quota.h"

#include <gmock/gmock.h>

namespace strongroom::host {
namespace {

TEST(Quota, HoldsToTheLastOne) {
  EXPECT_TRUE(check_quota(kEnclaveQuota, 1, 3, 1, 4));
  EXPECT_FALSE(check_quota(kEnclaveQuota, 1, 4, 1, 4));
  EXPECT_FALSE(check_quota(kMemoryQuota, 1, 4, UINT64_MAX, UINT64_MAX));
  EXPECT_FALSE(check_quota(kMemoryQuota, 1, UINT64_MAX, 1, 4));
  EXPECT_TRUE(check_quota(kMemoryQuota, 1, UINT64_MAX, UINT64_MAX, 0)) << "no limit";
}

TEST(Quota, SaysWhatIsExceededAndWhatToDo) {
  const auto refused = check_quota(kEnclaveQuota, 1000, 4, 1, 4);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("user 1000 has 4 enclaves"));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("--max-enclaves"));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("strongroom ps"));
}

}  // namespace
}  // namespace strongroom::host
