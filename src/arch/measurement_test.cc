#include "arch/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "arch/tcs.h"
#include "base/encoding.h"

namespace strongroom::arch {
namespace {

using testing::HasSubstr;

constexpr uint64_t kEnclaveSize = 16 * kPageSize;

// The stream that is hashed, written down record by record as the specification gives it.
class Stream {
 public:
  Stream& create(uint64_t size, uint32_t ssa_frame_pages) {
    bytes_.bytes(as_bytes(std::string_view("ECREATE\0", 8))).little(ssa_frame_pages).little(size).zeros(44);
    return *this;
  }
  Stream& add(uint64_t offset, uint64_t secinfo_flags) {
    bytes_.bytes(as_bytes(std::string_view("EADD\0\0\0\0", 8)))
        .little(offset)
        .little(secinfo_flags)
        .zeros(40);
    return *this;
  }
  Stream& extend(uint64_t offset, ByteView data) {
    bytes_.bytes(as_bytes(std::string_view("EEXTEND\0", 8))).little(offset).zeros(48).bytes(data);
    return *this;
  }
  Stream& extend_page(uint64_t offset, ByteView page) {
    for (size_t at = 0; at < kPageSize; at += 256) extend(offset + at, page.subspan(at, 256));
    return *this;
  }
  Measurement digest() { return crypto::sha256(bytes_.take()); }

 private:
  ByteWriter bytes_;
};

Bytes counting(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 251);
  return bytes;
}

Measurement measure(const std::function<Result<void>(MeasurementBuilder&)>& steps) {
  MeasurementBuilder builder = MeasurementBuilder::create(kEnclaveSize, 1).value();
  const Result<void> done = steps(builder);
  EXPECT_TRUE(done) << done.error().message;
  return builder.finish();
}

TEST(Measurement, AnEmptyEnclaveIsTheCreateRecordAlone) {
  EXPECT_EQ(MeasurementBuilder::create(kEnclaveSize, 3)->finish(), Stream().create(kEnclaveSize, 3).digest());
}

TEST(Measurement, PagesAreAnAddRecordAndSixteenExtendRecordsEach) {
  const Bytes content = counting(2 * kPageSize);
  const PageRange range{.offset = 2 * kPageSize, .size = 2 * kPageSize, .permissions = kRead | kExecute};
  Stream stream;
  stream.create(kEnclaveSize, 1)
      .add(2 * kPageSize, 0x205)
      .extend_page(2 * kPageSize, ByteView(content).first(kPageSize))
      .add(3 * kPageSize, 0x205)
      .extend_page(3 * kPageSize, ByteView(content).subspan(kPageSize));
  EXPECT_EQ(measure([&](auto& builder) { return builder.add_pages(range, content); }), stream.digest());
}

TEST(Measurement, WhatContentLeavesOfTheRangeIsZeros) {
  Bytes content = counting(kPageSize + 100);
  const PageRange range{.offset = 0, .size = 4 * kPageSize, .permissions = kRead | kWrite};
  const Measurement padded = measure([&](auto& builder) { return builder.add_pages(range, content); });
  content.resize(4 * kPageSize);
  EXPECT_EQ(measure([&](auto& builder) { return builder.add_pages(range, content); }), padded);
}

TEST(Measurement, ZerosAfterAFullRangeDoNotRememberThePageBefore) {
  const PageRange full{.offset = 0, .size = kPageSize, .permissions = kRead};
  const PageRange empty{.offset = kPageSize, .size = 2 * kPageSize, .permissions = kRead};
  const Bytes content = counting(kPageSize);
  const Bytes zeros(kPageSize);
  Stream stream;
  stream.create(kEnclaveSize, 1)
      .add(0, 0x201)
      .extend_page(0, content)
      .add(kPageSize, 0x201)
      .extend_page(kPageSize, zeros)
      .add(2 * kPageSize, 0x201)
      .extend_page(2 * kPageSize, zeros);
  EXPECT_EQ(measure([&](auto& builder) -> Result<void> {
              TRY(builder.add_pages(full, content));
              return builder.add_pages(empty, {});
            }),
            stream.digest());
}

TEST(Measurement, UnmeasuredPagesAreAddRecordsOnly) {
  const PageRange range{
      .offset = kPageSize, .size = 2 * kPageSize, .permissions = kRead | kWrite, .measured = false};
  Stream stream;
  stream.create(kEnclaveSize, 1).add(kPageSize, 0x203).add(2 * kPageSize, 0x203);
  EXPECT_EQ(measure([&](auto& builder) { return builder.add_pages(range, {}); }), stream.digest());
}

TEST(Measurement, ATcsPageIsMeasuredAsEaddLeavesIt) {
  Tcs tcs{};
  tcs.ssa_offset = 0x3000;
  tcs.ssa_frame_count = 2;
  tcs.entry_offset = 0x1000;
  tcs.flags = kTcsAexNotify;
  Stream stream;
  stream.create(kEnclaveSize, 1).add(0, 0x100).extend_page(0, object_bytes(tcs));
  const Measurement expected = stream.digest();

  tcs.state = 1;
  tcs.flags |= kTcsDebugOptIn;
  tcs.current_ssa_frame = 1;
  tcs.aep = 0x7f0000001234;
  const PageRange range{
      .offset = 0, .size = kPageSize, .type = PageType::kTcs, .permissions = kRead | kWrite};
  EXPECT_EQ(measure([&](auto& builder) { return builder.add_pages(range, object_bytes(tcs)); }), expected);
}

TEST(Measurement, SingleInstructionsGiveTheSameAsAPageRange) {
  const Bytes content = counting(kPageSize);
  const PageRange range{.offset = kPageSize, .size = kPageSize, .permissions = kRead};
  EXPECT_EQ(measure([&](auto& builder) -> Result<void> {
              TRY(builder.add_page(kPageSize, make_secinfo(PageType::kRegular, kRead)));
              for (size_t at = 0; at < kPageSize; at += 256)
                TRY(builder.extend(kPageSize + at, ByteView(content).subspan(at, 256)));
              return {};
            }),
            measure([&](auto& builder) { return builder.add_pages(range, content); }));
}

TEST(Measurement, EveryInputChangesTheResult) {
  const Bytes content = counting(kPageSize);
  const PageRange base{.offset = kPageSize, .size = kPageSize, .permissions = kRead};
  auto of = [&](const PageRange& range, const Bytes& bytes) {
    return measure([&](auto& builder) { return builder.add_pages(range, bytes); });
  };
  const Measurement reference = of(base, content);
  PageRange other = base;
  other.offset = 2 * kPageSize;
  EXPECT_NE(of(other, content), reference);
  other = base;
  other.permissions = kRead | kWrite;
  EXPECT_NE(of(other, content), reference);
  other = base;
  other.type = PageType::kTcs;
  EXPECT_NE(of(other, content), reference);
  other = base;
  other.measured = false;
  EXPECT_NE(of(other, content), reference);
  for (const size_t at : {size_t{0}, size_t{255}, size_t{256}, kPageSize - 1}) {
    Bytes changed = content;
    changed[at] ^= 1;
    EXPECT_NE(of(base, changed), reference) << at;
  }
}

TEST(Measurement, RefusesEnclavesThatCannotBe) {
  for (const uint64_t size : {uint64_t{0}, kPageSize, 3 * kPageSize})
    EXPECT_FALSE(MeasurementBuilder::create(size, 1)) << size;
  EXPECT_FALSE(MeasurementBuilder::create(kEnclaveSize, 0));
}

TEST(Measurement, RefusesPagesOutsideTheEnclaveAndPartsOfPages) {
  MeasurementBuilder builder = MeasurementBuilder::create(kEnclaveSize, 1).value();
  const Bytes page(kPageSize);
  EXPECT_FALSE(builder.add_pages({.offset = 1, .size = kPageSize}, {}));
  EXPECT_FALSE(builder.add_pages({.offset = 0, .size = 100}, {}));
  EXPECT_FALSE(builder.add_pages({.offset = kEnclaveSize, .size = kPageSize}, {}));
  EXPECT_FALSE(builder.add_pages({.offset = kPageSize, .size = uint64_t{0} - kPageSize}, {}));
  EXPECT_FALSE(builder.add_page(kEnclaveSize, make_secinfo(PageType::kRegular, kRead)));
  EXPECT_FALSE(builder.extend(128, ByteView(page).first(256)));
  EXPECT_FALSE(builder.extend(0, page));
  const auto too_much = builder.add_pages({.offset = 0, .size = kPageSize}, Bytes(kPageSize + 1));
  ASSERT_FALSE(too_much);
  EXPECT_THAT(too_much.error().message, HasSubstr("4097 bytes of content"));
  // Nothing of all that was measured.
  EXPECT_EQ(builder.finish(), Stream().create(kEnclaveSize, 1).digest());
}

}  // namespace
}  // namespace strongroom::arch
