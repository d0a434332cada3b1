// Generated code at work: what is passed arrives, what comes back is what the other side left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "edge/calls_fixture.h"

namespace strongroom::edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CallsTest : public testing::Test {
 protected:
  CallsTest() { observed() = {}; }
  ~CallsTest() override {
    EXPECT_EQ(sides_.to_enclave.used(), 0U) << "shared memory was not given back";
    EXPECT_EQ(sides_.enclave_arena.mark(), 0U) << "arena memory was not given back";
  }
  TwoSides sides_;
  calls::Enclave& enclave_ = sides_.enclave;
  TestHost& host_ = sides_.host;
};

TEST_F(CallsTest, ScalarsGoInAndTheResultComesBack) {
  EXPECT_EQ(enclave_.add(2, 40).value(), 42);
  EXPECT_EQ(enclave_.add(-2, -40).value(), -42);
  EXPECT_EQ(enclave_.wide(1ULL << 60, 5.0L, true, L'A').value(), (1ULL << 60) + 5 + 1 + 65);
}

TEST_F(CallsTest, FunctionsOfImportedFilesWork) {
  EXPECT_EQ(enclave_.twice(21).value(), 42);
}

TEST_F(CallsTest, EnumsKeepTheirValues) {
  EXPECT_EQ(enclave_.next_color(calls::RED).value(), calls::GREEN);
  EXPECT_EQ(static_cast<int>(enclave_.next_color(calls::GREEN).value()), 6);
}

TEST_F(CallsTest, StructuresAndUnionsGoByValue) {
  calls::Word word{};
  word.whole = 0x1122334455667788;
  const calls::Point point = enclave_.mirror({.tag = 1, .x = 41, .lit = true, .weight = 2.5}, word).value();
  EXPECT_EQ(point.tag, 0x88);
  EXPECT_EQ(point.x, 42U);
  EXPECT_FALSE(point.lit);
  EXPECT_EQ(point.weight, -2.5);
}

TEST_F(CallsTest, ASpanStandsForPointerAndCount) {
  const uint32_t values[] = {1, 2, 3, 0xffffffff};
  EXPECT_EQ(enclave_.sum(values).value(), 6 + 0xffffffffULL);
  EXPECT_EQ(enclave_.sum({}).value(), 0U);
  const std::vector<uint32_t> many(100'000, 3);
  EXPECT_EQ(enclave_.sum(many).value(), 300'000U);
}

TEST_F(CallsTest, OutputsThatTheFunctionLeavesAreZeroAndNotOldMemory) {
  uint8_t values[4] = {9, 9, 9, 9};
  ASSERT_TRUE(enclave_.fill(values));
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 0));
}

TEST_F(CallsTest, ASpanLongerThanItsCountCanSayIsRefused) {
  std::vector<uint8_t> values(256, 9);
  const Result<void> result = enclave_.fill(values);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(result.error().message, "calls.fill: 'values' is longer than 'n' can say");
  EXPECT_EQ(values, std::vector<uint8_t>(256, 0)) << "results are cleared on failure";
}

TEST_F(CallsTest, ExpressionsInCountsAreHeldTo) {
  float values[] = {1, 2, 3, 4, 5};
  ASSERT_TRUE(enclave_.scale(values, 2, 10));
  EXPECT_THAT(values, ElementsAre(10, 20, 30, 40, 50));
  const Result<void> result = enclave_.scale(values, 3, 10);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "calls.scale: 'values' must have (n * 2) + 1 elements");
}

TEST_F(CallsTest, SpansThatShareACountMustAgree) {
  const int a[] = {1, 2, 3};
  const int b[] = {10, 20, 30};
  int sum[3];
  ASSERT_TRUE(enclave_.merge(a, b, sum));
  EXPECT_THAT(sum, ElementsAre(11, 22, 33));
  const Result<void> result = enclave_.merge(a, std::span(b).first(2), sum);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "calls.merge: 'b' must have n elements");
  EXPECT_THAT(sum, ElementsAre(0, 0, 0));
}

TEST_F(CallsTest, VoidPointersAreBytes) {
  std::vector<uint8_t> data(33, 1);
  uint8_t digest[32];
  ASSERT_TRUE(enclave_.blob(data, digest));
  EXPECT_EQ(digest[0], 0);
  EXPECT_EQ(digest[31], 1);
}

TEST_F(CallsTest, CountTimesSizeIsTheNumberOfBytes) {
  uint8_t data[] = {1, 2, 3, 4, 5, 6};
  ASSERT_TRUE(enclave_.records(data, 2, 3));
  EXPECT_THAT(data, ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_EQ(enclave_.records(data, size_t{1} << 63, 2).error().message,
            "calls.records: 'data' must have n * width bytes");
}

TEST_F(CallsTest, StringsArriveWithTheirEnd) {
  EXPECT_EQ(enclave_.length_of("hello").value(), 5U);
  EXPECT_EQ(enclave_.length_of("").value(), 0U);
  EXPECT_FALSE(observed().null_text);
  EXPECT_EQ(enclave_.length_of(std::string(5000, 'x')).value(), 5000U);
  EXPECT_EQ(enclave_.length_of(std::string_view("hello world").substr(0, 4)).value(), 4U)
      << "a view without NUL";
}

TEST_F(CallsTest, AStringWithoutDataArrivesAsNull) {
  EXPECT_EQ(enclave_.length_of(std::string_view()).value(), 0U);
  EXPECT_TRUE(observed().null_text);
}

TEST_F(CallsTest, AStringWithANulInsideIsRefused) {
  const Result<size_t> result = enclave_.length_of(std::string_view("a\0b", 3));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "calls.length_of: a string holds a NUL before its end");
}

TEST_F(CallsTest, WideStringsArrive) {
  EXPECT_EQ(enclave_.wide_length_of(L"gr\u00fc\u00dfe").value(), 5U);
  EXPECT_EQ(enclave_.wide_length_of(std::wstring(3000, L'w')).value(), 3000U);
}

TEST_F(CallsTest, StringsAreChangedInPlace) {
  char text[] = "shout";
  ASSERT_TRUE(enclave_.upper(text));
  EXPECT_STREQ(text, "SHOUT");
  wchar_t wide[] = L"wide!";
  ASSERT_TRUE(enclave_.wide_upper(wide));
  EXPECT_STREQ(wide, L"WIDEx");
}

TEST_F(CallsTest, AStringBufferWithoutEndIsRefusedOnBothWays) {
  char unterminated[2] = {'a', 'b'};
  EXPECT_EQ(enclave_.upper(unterminated).error().message,
            "calls.upper: a string has no NUL within its buffer");
  wchar_t text[] = L"?";
  const Result<void> result = enclave_.wide_upper(text);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "calls.wide_upper: the function left a string without NUL");
  EXPECT_STREQ(text, L"?") << "an in-out parameter keeps its value when the call fails";
}

TEST_F(CallsTest, SingleObjectsGoInOutAndBoth) {
  const calls::Point from{.tag = 3, .x = 21, .lit = true, .weight = 1};
  calls::Point to{};
  int64_t counter = 5;
  ASSERT_TRUE(enclave_.one(from, to, counter));
  EXPECT_EQ(observed().point.x, 21U);
  EXPECT_TRUE(observed().point.lit);
  EXPECT_EQ(to.x, 42U);
  EXPECT_EQ(counter, 6);
}

TEST_F(CallsTest, ArraysKeepTheirDimensions) {
  const int a[2][3] = {{1, 2, 3}, {4, 5, 6}};
  int b[3][2] = {};
  uint8_t c[4] = {1, 2, 3, 4};
  ASSERT_TRUE(enclave_.matrix(a, b, c));
  EXPECT_THAT(b[0], ElementsAre(1, 4));
  EXPECT_THAT(b[2], ElementsAre(3, 6));
  EXPECT_THAT(c, ElementsAre(4, 3, 2, 1));
}

TEST_F(CallsTest, DeepDataGoesIn) {
  uint8_t first[] = {1, 2, 3};
  std::vector<uint8_t> second(70'000, 1);
  const calls::Buffer buffers[] = {{3, first}, {second.size(), second.data()}, {9, nullptr}, {0, first}};
  EXPECT_EQ(enclave_.gather(buffers).value(), 70'006U);
}

TEST_F(CallsTest, DeepDataComesBackIntoTheCallersBuffers) {
  uint8_t first[] = {0, 1};
  uint8_t second[] = {0xff};
  calls::Buffer buffers[] = {{2, first}, {1, second}, {4, nullptr}};
  ASSERT_TRUE(enclave_.invert(buffers));
  EXPECT_THAT(first, ElementsAre(0xff, 0xfe));
  EXPECT_THAT(second, ElementsAre(0));
  EXPECT_EQ(buffers[0].data, first) << "pointers stay the caller's own";
  EXPECT_EQ(buffers[2].data, nullptr);
}

TEST_F(CallsTest, ADeepSizeMayShrink) {
  uint8_t bytes[8] = {};
  calls::Buffer buffer{8, bytes};
  ASSERT_TRUE(enclave_.shrink(buffer, 3));
  EXPECT_EQ(buffer.length, 3U);
  EXPECT_EQ(buffer.data, bytes);
  EXPECT_THAT(bytes, ElementsAre(7, 7, 7, 7, 7, 7, 7, 7));
}

TEST_F(CallsTest, ADeepSizeThatGrowsAndAPointerThatMovesAreErrorsOfTheCall) {
  uint8_t bytes[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  calls::Buffer buffer{8, bytes};
  EXPECT_EQ(enclave_.cheat(buffer, 0).error().message, "calls.cheat: the function exchanged a deep pointer");
  EXPECT_EQ(enclave_.cheat(buffer, 1).error().message, "calls.cheat: the function made a deep size larger");
  EXPECT_EQ(buffer.length, 8U);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_TRUE(enclave_.cheat(buffer, 2));
}

TEST_F(CallsTest, NestedStructuresAreCopiedToTheirLeaves) {
  calls::Point points[2][2] = {};
  points[0][0].x = 1;
  points[1][1].x = 2;
  const uint16_t pair[2] = {10, 20};
  calls::Row rows[2] = {{2, points[0], pair}, {2, points[1], nullptr}};
  char name[4] = "abc";
  calls::Table table{2, rows, {4, name}};
  ASSERT_TRUE(enclave_.table(table));
  EXPECT_EQ(points[0][0].x, 11U);
  EXPECT_EQ(points[0][1].x, 20U);
  EXPECT_EQ(points[1][1].x, 2U);
  EXPECT_EQ(rows[0].points, points[0]);
  EXPECT_EQ(rows[0].pair, pair);
  EXPECT_EQ(std::string(name, 4), "nnnn");
}

TEST_F(CallsTest, TypesOfHeadersWork) {
  packet from{};
  from.kind = 7;
  from.value = 8;
  packet to{};
  ASSERT_TRUE(enclave_.foreign(from, to, 99));
  EXPECT_EQ(to.kind, 7);
  EXPECT_EQ(to.value, 9U);
  EXPECT_EQ(observed().handle, 99U);
}

TEST_F(CallsTest, TypedefsThatHidePointersAndArraysWork) {
  const uint8_t data[] = {5, 6};
  const uint16_t single = 300;
  triple_t three = {};
  ASSERT_TRUE(enclave_.hidden(data, single, three));
  EXPECT_THAT(three, ElementsAre(5, 300, 2));
}

TEST_F(CallsTest, AnExceptionBecomesTheErrorOfTheCallAndTheEnclaveLives) {
  uint32_t cleared = 5;
  uint32_t kept = 6;
  const Result<int> result = enclave_.fails(cleared, kept, 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCallFailed);
  EXPECT_EQ(result.error().message, "calls.fails: the patient's file is closed");
  EXPECT_EQ(cleared, 0U);
  EXPECT_EQ(kept, 6U);
  EXPECT_THAT(enclave_.fails(cleared, kept, 2).error().message, HasSubstr("not a std::exception"));
  EXPECT_EQ(enclave_.fails(cleared, kept, 0).value(), 0);
  EXPECT_EQ(cleared, 77U);
  EXPECT_EQ(kept, 88U);
}

TEST_F(CallsTest, ErrnoIsPropagatedWhereTheInterfaceSaysSo) {
  errno = 0;
  EXPECT_EQ(enclave_.with_errno(EACCES).value(), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(enclave_.with_errno(0).value(), -1);
  EXPECT_EQ(errno, 0);
  errno = ENOENT;
  EXPECT_TRUE(enclave_.add(1, 1));
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(CallsTest, NamesThatCppReservesWork) {
  ASSERT_TRUE(enclave_.keywords(1, 2, 3, 4));
  EXPECT_THAT(observed().keywords, ElementsAre(1, 2, 3, 4));
}

TEST_F(CallsTest, TransitionUsingThreadsIsToldToTheTransport) {
  ASSERT_TRUE(enclave_.empty());
  EXPECT_TRUE(observed().switchless_ran);
  EXPECT_TRUE(sides_.to_enclave.last_switchless);
  ASSERT_TRUE(enclave_.add(1, 1));
  EXPECT_FALSE(sides_.to_enclave.last_switchless);
}

TEST_F(CallsTest, BooleansGoInSpans) {
  const bool flags[] = {true, false, true, true};
  uint32_t set = 0;
  ASSERT_TRUE(enclave_.flags(flags, set));
  EXPECT_EQ(set, 3U);
}

class OcallTest : public CallsTest {
 protected:
  int ask(char what) {
    const uint8_t request[] = {static_cast<uint8_t>(what)};
    return enclave_.from_host(request).value();
  }
};

TEST_F(OcallTest, StringsGoOut) {
  EXPECT_EQ(ask('n'), 0);
  EXPECT_EQ(host_.noted, "from inside");
}

TEST_F(OcallTest, ErrnoOfTheHostArrives) {
  EXPECT_EQ(ask('e'), 13);
}

TEST_F(OcallTest, ResultsOfTheHostArrive) {
  EXPECT_EQ(ask('g'), 103);
}

TEST_F(OcallTest, AnExceptionOfTheHostIsAnErrorInTheEnclave) {
  EXPECT_EQ(ask('t'), -1);
  EXPECT_EQ(observed().host_error, "calls.throws: cannot open: no such file");
}

TEST_F(OcallTest, DeepDataGoesOutAndBack) {
  EXPECT_EQ(ask('x'), 4) << observed().host_error;
}

TEST_F(OcallTest, CallsNestAsFarAsTheyAreAllowed) {
  EXPECT_EQ(enclave_.calls_back(5).value(), 15);  // calls_back, callback, calls_back, callback, inner
}

TEST_F(OcallTest, APrivateEcallIsReachedThroughTheOcallThatAllowsIt) {
  EXPECT_EQ(enclave_.calls_back(2).value(), 12);
  EXPECT_EQ(observed().entered, 1);
}

TEST_F(OcallTest, APrivateEcallCannotBeCalledFirst) {
  const Result<int> result = enclave_.inner(1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(observed().entered, 0);
}

TEST_F(OcallTest, AnEcallThatTheOcallDoesNotAllowIsRefused) {
  EXPECT_EQ(ask('r'), 0);
  EXPECT_THAT(host_.reentry_error,
              HasSubstr("the ocall under way does not allow this ecall; name it in allow(...)"));
  EXPECT_TRUE(enclave_.add(1, 1)) << "allowed again once the ocall is over";
}

TEST_F(OcallTest, OutsideOfAnEcallThereIsNoWayOut) {
  const Result<void> result = calls::host::note("x");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST_F(CallsTest, ACallToADeadEnclaveSaysWhyAndClearsResults) {
  sides_.to_enclave.dead = true;
  uint32_t cleared = 5;
  uint32_t kept = 6;
  const Result<int> result = enclave_.fails(cleared, kept, 0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(result.error().message, "calls.fails: the enclave has ended: killed by a test");
  EXPECT_EQ(cleared, 0U);
}

}  // namespace
}  // namespace strongroom::edge
