#include "base/answer.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

TEST(Answer, ComesBackAsItWas) {
  EXPECT_EQ(decode_answer(encode_answer(Bytes{1, 2, 3}), "x").value(), (Bytes{1, 2, 3}));
  EXPECT_EQ(decode_answer(encode_answer(Bytes{}), "x").value(), Bytes{});
  for (const ErrorCode code : {ErrorCode::kInvalidArgument, ErrorCode::kUnavailable, ErrorCode::kInternal}) {
    const auto failed = decode_answer(encode_answer(fail(code, "why")), "x");
    EXPECT_EQ(failed.error().code, code);
    EXPECT_EQ(failed.error().message, "why");
  }
}

TEST(Answer, ThatIsNoneIsAnError) {
  EXPECT_EQ(decode_answer(Bytes{0, 0, 0}, "the keeper").error().code, ErrorCode::kMalformed);
  const auto unknown = decode_answer(Bytes{0xff, 0, 0, 0}, "the keeper");
  EXPECT_EQ(unknown.error().code, ErrorCode::kInternal);
  EXPECT_EQ(unknown.error().message, "the keeper failed");
}

}  // namespace
}  // namespace strongroom
