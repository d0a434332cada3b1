#include "tee/vm/copied_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "arch/page.h"

namespace strongroom::tee::vm {
namespace {

using arch::kPageSize;

SharedSegment pages(uint64_t first, uint64_t count, uint64_t file_page, uint32_t protection = arch::kRead) {
  return {first * kPageSize, count * kPageSize, file_page * kPageSize, protection};
}

std::vector<SharedSegment> copies(const std::vector<SharedSegment>& segments,
                                  const std::vector<uint8_t>& groups) {
  const auto touched = StartPages::create(groups.size() * StartPages::kGroup).value();
  touched.learn(groups);
  return pages_to_copy(segments, touched);
}

void expect_same(const std::vector<SharedSegment>& left, const std::vector<SharedSegment>& right) {
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].offset, right[i].offset);
    EXPECT_EQ(left[i].size, right[i].size);
    EXPECT_EQ(left[i].file_offset, right[i].file_offset);
    EXPECT_EQ(left[i].protection, right[i].protection);
  }
}

TEST(CopiedPages, AreNoneBeforeAStartIsKnown) {
  const auto touched = StartPages::create(64).value();
  EXPECT_TRUE(pages_to_copy(std::vector{pages(0, 64, 0)}, touched).empty());
}

TEST(CopiedPages, ReachFromTheirGroupsBeginningToTheLastTouched) {
  expect_same(copies({pages(0, 64, 100)}, {0, 0b00101000, 0}), {pages(8, 6, 108)});
}

TEST(CopiedPages, SpareNothingWhereAGroupHasOneTouchedPage) {
  expect_same(copies({pages(0, 64, 0)}, {0b10000000, 0b1, 0}), {});
}

TEST(CopiedPages, KeepTheProtectionsOfTheirSegmentsAndLeaveOutWhatIsInNone) {
  expect_same(copies({pages(1, 2, 0), pages(5, 20, 2, arch::kRead | arch::kExecute)}, {0b01100110}),
              {pages(1, 2, 0), pages(5, 2, 2, arch::kRead | arch::kExecute)});
}

TEST(CopiedPages, AreLimitedAndChosenByWhatTheySpare) {
  constexpr uint64_t kGroups = 2 * kMostCopied / kPageSize / StartPages::kGroup;
  std::vector<uint8_t> groups(kGroups, 0b10000001);
  groups.back() = 0b00000011;
  const auto chosen = copies({pages(0, kGroups * StartPages::kGroup, 0)}, groups);
  uint64_t size = 0;
  for (const SharedSegment& part : chosen) size += part.size;
  EXPECT_LE(size, kMostCopied);
  EXPECT_GT(size, kMostCopied - StartPages::kGroup * kPageSize);
  EXPECT_EQ(chosen.back().offset, (kGroups - 1) * StartPages::kGroup * kPageSize);
}

TEST(CopiedPages, AreReadOneAfterTheOther) {
  const FileDescriptor file(memfd_create("copied-pages-test", MFD_CLOEXEC));
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    const std::string page(kPageSize, letter);
    ASSERT_EQ(write(file.get(), page.data(), page.size()), static_cast<ssize_t>(page.size()));
  }
  const std::vector parts{pages(0, 1, 3), pages(7, 2, 0)};
  ASSERT_EQ(size_of(parts), 3 * kPageSize);
  alignas(kPageSize) static uint8_t to[3 * kPageSize];
  ASSERT_TRUE(read_copies(file.get(), parts, to));
  EXPECT_EQ(std::string(1, static_cast<char>(to[kPageSize - 1])) + static_cast<char>(to[kPageSize]) +
                static_cast<char>(to[3 * kPageSize - 1]),
            "dab");
}

TEST(CopiedPages, ThatTheFileDoesNotHoldAreAnError) {
  const FileDescriptor file(memfd_create("copied-pages-test", MFD_CLOEXEC));
  alignas(kPageSize) static uint8_t to[kPageSize];
  EXPECT_FALSE(read_copies(file.get(), std::vector{pages(0, 1, 0)}, to));
}

}  // namespace
}  // namespace strongroom::tee::vm
