#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace strongroom {
namespace {

std::filesystem::path scratch(const char* name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TEST(File, WritesAndReadsBack) {
  const auto path = scratch("strongroom_file_test");
  ASSERT_TRUE(write_file(path, as_bytes("hello"), 0600));
  EXPECT_EQ(as_text(read_file(path).value()), "hello");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  std::filesystem::remove(path);
}

TEST(File, AMissingFileIsNamed) {
  const auto result = read_file("/nonexistent/file");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_NE(result.error().message.find("/nonexistent/file"), std::string::npos);
}

TEST(File, AFileOverTheLimitIsRefused) {
  const auto path = scratch("strongroom_file_limit");
  ASSERT_TRUE(write_file(path, Bytes(100)));
  EXPECT_EQ(read_file(path, 99).error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(read_file(path, 100));
  std::filesystem::remove(path);
}

TEST(File, APartIsReadWholeOrNotAtAll) {
  const auto path = scratch("strongroom_file_part");
  ASSERT_TRUE(write_file(path, as_bytes("hello")));
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Bytes part(3);
  ASSERT_TRUE(read_all(file.get(), 2, part));
  EXPECT_EQ(as_text(part), "llo");
  EXPECT_FALSE(read_all(file.get(), 3, part)) << "two bytes are left";
  EXPECT_FALSE(read_all(-1, 0, part));
  std::filesystem::remove(path);
}

TEST(File, ADirectoryIsRefused) {
  EXPECT_EQ(read_file("/tmp").error().code, ErrorCode::kInvalidArgument);
}

// Was replaced by a file once.
TEST(File, WhatIsNoRegularFileIsNotReplaced) {
  const auto path = scratch("strongroom_file_fifo");
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(write_file(path, as_bytes("x")).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(std::filesystem::is_fifo(path));
  std::filesystem::remove(path);
  EXPECT_EQ(write_file(testing::TempDir(), as_bytes("x")).error().code, ErrorCode::kInvalidArgument);
}

TEST(File, AFailedWriteLeavesNothingBehind) {
  EXPECT_FALSE(write_file("/nonexistent/directory/file", as_bytes("x")));
}

}  // namespace
}  // namespace strongroom
