// Sizes and offsets are static_asserts in the headers; here is what those cannot say.
#include <gtest/gtest.h>

#include "arch/attributes.h"
#include "arch/image_header.h"
#include "arch/key_request.h"
#include "arch/leaf.h"
#include "arch/page.h"
#include "arch/report_format.h"
#include "arch/secs.h"
#include "arch/sigstruct_format.h"
#include "arch/ssa.h"
#include "arch/tcs.h"

namespace strongroom::arch {
namespace {

TEST(Structures, SecinfoHoldsTypeAndPermissions) {
  EXPECT_EQ(make_secinfo(PageType::kRegular, kRead | kWrite).flags, 0x203u);
  EXPECT_EQ(make_secinfo(PageType::kRegular, kRead | kExecute).flags, 0x205u);
  EXPECT_EQ(page_type(make_secinfo(PageType::kTrim, 0)), PageType::kTrim);
}

TEST(Structures, ATcsPageHasNoPermissions) {
  EXPECT_EQ(make_secinfo(PageType::kTcs, kRead | kWrite | kExecute).flags, 0x100u);
}

TEST(Structures, PermissionsBeyondThreeBitsDoNotReachOtherFields) {
  EXPECT_EQ(make_secinfo(PageType::kRegular, 0xffffffff).flags, 0x207u);
}

TEST(Structures, AFrameEndsWithGprsgxAndExinfoStandsBelowIt) {
  EXPECT_EQ(gprsgx_offset(kPageSize), kPageSize - 184);
  EXPECT_EQ(exinfo_offset(kPageSize), kPageSize - 200);
  EXPECT_EQ(gprsgx_offset(2 * kPageSize), 2 * kPageSize - 184);
}

TEST(Structures, AttributesCombineFieldByField) {
  const Attributes a{kAttributeDebug | kAttributeMode64, kXfrmLegacy | kXfrmAvx};
  const Attributes b{kAttributeMode64, kXfrmLegacy};
  EXPECT_EQ((a & b), b);
  EXPECT_EQ((a | b), a);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace strongroom::arch
