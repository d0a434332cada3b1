// The monotonic counters of PlatformStore: one file each.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/encoding.h"
#include "crypto/mac.h"
#include "host/vault/platform_store.h"

namespace strongroom::host {
namespace {

namespace fs = std::filesystem;

// The value, and a MAC over name and value: a file of another counter, or of another platform, is not taken
// for this one. (An older file of the same counter is: whoever may write the directory may turn counters
// back. docs/sealing.md)
constexpr size_t kFileSize = 8 + 32;

Bytes file_of(const std::array<uint8_t, 32>& key, const std::array<uint8_t, 32>& name, uint64_t value) {
  const Bytes message = ByteWriter().bytes(name).little(value).take();
  return ByteWriter().little(value).bytes(crypto::hmac_sha256(key, message)).take();
}

fs::path path_of(const fs::path& directory, const std::array<uint8_t, 32>& name) {
  return directory / "counters" / to_hex(name);
}

}  // namespace

Result<uint64_t> PlatformStore::counter(const std::array<uint8_t, 32>& name) const {
  const fs::path path = path_of(directory_, name);
  const auto file = read_file(path, kFileSize);
  if (!file && file.error().code == ErrorCode::kNotFound) return uint64_t{0};
  const Bytes bytes = TRY(Result<Bytes>(file));
  ByteReader reader(bytes);
  const uint64_t value = TRY_IN(path.string(), reader.little<uint64_t>("value"));
  if (!crypto::equal_in_constant_time(bytes, file_of(derive("counters"), name, value)))
    return fail(ErrorCode::kVerificationFailed, path.string() + " is not this counter's file");
  return value;
}

Result<uint64_t> PlatformStore::increment_counter(const std::array<uint8_t, 32>& name) {
  const fs::path directory = directory_ / "counters";
  std::error_code error;
  fs::create_directory(directory, error);
  // Other keepers of this platform wait here.
  const FileDescriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid() || flock(lock.get(), LOCK_EX) != 0)
    return fail_errno("cannot lock " + directory.string(), errno);
  const uint64_t value = TRY(counter(name));
  if (value == std::numeric_limits<uint64_t>::max())
    return fail(ErrorCode::kResourceExhausted, "the counter is at its end");
  if (value == 0) {
    const auto count = std::distance(fs::directory_iterator(directory, error), fs::directory_iterator());
    if (static_cast<size_t>(count) >= kMaximumCounters)
      return fail(ErrorCode::kResourceExhausted,
                  fmt::format("this platform has {} counters and takes no more", kMaximumCounters));
  }
  const fs::path path = path_of(directory_, name);
  TRY(write_file(path, file_of(derive("counters"), name, value + 1), 0600));
  for (const fs::path& kept : {path, directory}) {
    const FileDescriptor file(::open(kept.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || fsync(file.get()) != 0) return fail_errno("cannot keep " + kept.string(), errno);
  }
  return value + 1;
}

}  // namespace strongroom::host
