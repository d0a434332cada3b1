#include "tee/console_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace strongroom::tee {
namespace {

TEST(ConsoleLog, TellsWhatWasWritten) {
  auto log = ConsoleLog::create();
  ASSERT_TRUE(log);
  EXPECT_EQ(read_console_log(log->file()).value(), "");
  log->append(as_bytes("one\n"));
  log->append(as_bytes("two\n"));
  EXPECT_EQ(read_console_log(log->file()).value(), "one\ntwo\n");
}

TEST(ConsoleLog, KeepsTheEndWhereThereIsTooMuch) {
  auto log = ConsoleLog::create();
  ASSERT_TRUE(log);
  std::string all;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    log->append(as_bytes(line));
    all += line;
  }
  const std::string kept = read_console_log(log->file()).value();
  EXPECT_GT(kept.size(), kConsoleLogBytes - 100);
  EXPECT_TRUE(all.ends_with(kept));
  const std::string much(3 * kConsoleLogBytes, 'x');
  log->append(as_bytes(much + "end"));
  EXPECT_TRUE(read_console_log(log->file()).value().ends_with("xend"));
}

TEST(ConsoleLog, CannotBeWrittenByItsReaders) {
  auto log = ConsoleLog::create();
  ASSERT_TRUE(log);
  EXPECT_EQ(mmap(nullptr, kConsoleLogBytes, PROT_WRITE, MAP_SHARED, log->file().get(), 0), MAP_FAILED);
  EXPECT_LT(pwrite(log->file().get(), "x", 1, 0), 0);
}

TEST(ConsoleLog, OfAWriterThatLiesIsNoTrap) {
  FileDescriptor other(memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(read_console_log(other).error().code, ErrorCode::kMalformed);
  ASSERT_EQ(ftruncate(other.get(), kConsoleLogBytes), 0);
  EXPECT_EQ(read_console_log(other).error().code, ErrorCode::kMalformed) << "it could shrink";
  ASSERT_EQ(fcntl(other.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
  const uint64_t written = UINT64_MAX;
  ASSERT_EQ(pwrite(other.get(), &written, sizeof written, 0), 8);
  EXPECT_LE(read_console_log(other).value().size(), kConsoleLogBytes);
}

}  // namespace
}  // namespace strongroom::tee
