#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace strongroom {

void FileDescriptor::reset() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

void close_all_but(int kept) {
  if (kept > 3) close_range(3, static_cast<unsigned>(kept) - 1, 0);
  close_range(static_cast<unsigned>(kept) + 1, ~0u, 0);
}

void hold_standard_streams() {
  for (int number = 0; number <= 2; ++number)
    if (fcntl(number, F_GETFD) < 0 && errno == EBADF)
      open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);  // gets the lowest number that is free
}

FileDescriptor above_standard_streams(FileDescriptor file) {
  if (!file.valid() || file.get() > 2) return file;
  return FileDescriptor(fcntl(file.get(), F_DUPFD_CLOEXEC, 3));
}

Result<Bytes> read_file(const std::filesystem::path& path, size_t limit) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail_errno(fmt::format("cannot open {}", path.string()), errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return fail_errno(fmt::format("cannot stat {}", path.string()), errno);
  if (S_ISDIR(status.st_mode))
    return fail(ErrorCode::kInvalidArgument, fmt::format("cannot read {}: it is a directory", path.string()));
  Bytes out;
  if (status.st_size > 0 && static_cast<uint64_t>(status.st_size) <= limit)
    out.reserve(static_cast<size_t>(status.st_size) + 1);
  uint8_t buffer[65536];
  while (true) {
    const ssize_t count = read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(fmt::format("cannot read {}", path.string()), errno);
    if (count == 0) return out;
    if (out.size() + static_cast<size_t>(count) > limit)
      return fail(
          ErrorCode::kResourceExhausted,
          fmt::format("cannot read {}: it is longer than the {} bytes allowed", path.string(), limit));
    out.insert(out.end(), buffer, buffer + count);
  }
}

Result<void> read_all(int descriptor, uint64_t offset, std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail_errno("cannot read", count == 0 ? EIO : errno);
    out = out.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return {};
}

Result<void> write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot write", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

Result<void> write_file(const std::filesystem::path& path, ByteView bytes, unsigned mode) {
  // Renaming would put a file in the place of a device, /dev/null for one.
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("cannot write {}: it is not a regular file; name another", path.string()));
  std::string temporary = path.string() + ".XXXXXX";
  FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return fail_errno(fmt::format("cannot create a file beside {}", path.string()), errno);
  const auto abandon = [&](Error error) {
    unlink(temporary.c_str());
    return tl::unexpected<Error>(error.in(fmt::format("cannot write {}", path.string())));
  };
  if (auto written = write_all(file.get(), bytes); !written) return abandon(written.error());
  if (fchmod(file.get(), mode) != 0) return abandon(fail_errno("fchmod", errno).value());
  if (rename(temporary.c_str(), path.c_str()) != 0) return abandon(fail_errno("rename", errno).value());
  return {};
}

}  // namespace strongroom
