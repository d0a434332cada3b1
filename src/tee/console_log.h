// What an enclave has written to its standard error last: a ring of bytes in memory that the process which
// holds the enclave writes, and others read.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/file.h"

namespace strongroom::tee {

inline constexpr size_t kConsoleLogBytes = size_t{64} << 10;
struct ConsoleLogPage {
  std::atomic<uint64_t> written;  // in all
  uint8_t bytes[kConsoleLogBytes - sizeof(uint64_t)];
};
static_assert(sizeof(ConsoleLogPage) == kConsoleLogBytes);

// The writer's end. Thread safe; never waits for a reader.
class ConsoleLog {
 public:
  static Result<ConsoleLog> create();
  void append(ByteView bytes);
  // For readers: nobody can write through it, or change its size.
  [[nodiscard]] const FileDescriptor& file() const { return file_; }

 private:
  ConsoleLog(FileDescriptor file, ConsoleLogPage* page) : file_(std::move(file)), page_(page) {}
  FileDescriptor file_;
  ConsoleLogPage* page_;  // mapped for the rest of the process
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

// What stands in the log now, at most kConsoleLogBytes. Its writer is not believed: kMalformed where the file
// is none that create() made.
Result<std::string> read_console_log(const FileDescriptor& file);

}  // namespace strongroom::tee
