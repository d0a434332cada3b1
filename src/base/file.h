// Descriptors that close themselves, and whole files in and out.
#pragma once

#include <filesystem>
#include <utility>

#include "base/bytes.h"

namespace strongroom {

// Owns one file descriptor; -1 is "none". Moves, never copies.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void reset();

 private:
  int number_ = -1;
};

// Closes every descriptor from 3 on but this one; for a process that was just forked.
void close_all_but(int kept);

// At the start of a program: opens what of descriptors 0 to 2 is closed, so that no file of the program's own
// gets such a number and is taken for a standard stream. Reading the one and writing to the others still
// fails.
void hold_standard_streams();
// For libraries, which cannot choose the start: the same file under a number above 2.
FileDescriptor above_standard_streams(FileDescriptor file);

// Reads a whole file of at most `limit` bytes; an error names the path, and the limit where that is the
// reason.
Result<Bytes> read_file(const std::filesystem::path& path, size_t limit = size_t{1} << 30);

// Writes through a temporary file beside `path` and renames it: a reader sees the old file or the whole new
// one. `mode` is the permission of a file that is made, for instance 0600 for a private key.
Result<void> write_file(const std::filesystem::path& path, ByteView bytes, unsigned mode = 0644);

// Fills `out` from `offset` of a file, going on after short reads and EINTR; an early end is EIO.
Result<void> read_all(int descriptor, uint64_t offset, std::span<uint8_t> out);

// Writes all bytes to a descriptor, going on after short writes and EINTR.
Result<void> write_all(int descriptor, ByteView bytes);

}  // namespace strongroom
