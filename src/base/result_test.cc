#include "strongroom/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace strongroom {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  return half(TRY(half(value)));
}

Result<void> only_even(int value) {
  TRY_IN("only_even", half(value));
  return {};
}

Result<std::unique_ptr<int>> boxed(int value) {
  auto box = TRY(Result<std::unique_ptr<int>>(std::make_unique<int>(value)));
  TRY(only_even(*box));
  return box;
}

TEST(Result, TryYieldsTheValue) {
  EXPECT_EQ(quarter(8).value(), 2);
}

TEST(Result, TryReturnsTheFirstError) {
  ASSERT_FALSE(quarter(6).has_value());
  EXPECT_EQ(quarter(6).error().code, ErrorCode::kInvalidArgument);
}

TEST(Result, TryMovesValuesThatCannotBeCopied) {
  EXPECT_EQ(*boxed(4).value(), 4);
  EXPECT_FALSE(boxed(3).has_value());
}

TEST(Result, ContextStandsBeforeTheMessage) {
  EXPECT_EQ(only_even(3).error().message, "only_even: odd");
}

TEST(Result, ErrnoDecidesTheCodeAndEndsTheMessage) {
  Result<void> result = fail_errno("cannot open /dev/kvm", EACCES);
  EXPECT_EQ(result.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(result.error().message, "cannot open /dev/kvm: Permission denied");
}

TEST(Result, EveryCodeHasAName) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code)
    EXPECT_NE(to_string(static_cast<ErrorCode>(code)), "unknown");
}

}  // namespace
}  // namespace strongroom
