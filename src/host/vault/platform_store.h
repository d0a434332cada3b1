// The platform's secret and what else a platform remembers, in a directory of the keeper's user.
// docs/sealing.md describes the files.
#pragma once

#include <filesystem>
#include <mutex>

#include "arch/platform.h"
#include "base/file.h"

namespace strongroom::host {

// $STRONGROOM_STATE; else /var/lib/strongroom for root and $XDG_STATE_HOME/strongroom or
// ~/.local/state/strongroom for everybody else. kNotFound where none of them is named.
Result<std::filesystem::path> default_state_directory();

// Not thread safe; several processes may have one directory open.
class PlatformStore {
 public:
  // Opens the directory, and creates it and a new secret where there is none. kPermissionDenied where the
  // directory or the secret belongs to another user, or others may read it; kMalformed where the file is not
  // a secret.
  static Result<PlatformStore> open(const std::filesystem::path& directory);

  // The platform of one TEE ("process", "vm"). Platforms of different TEEs have nothing in common.
  [[nodiscard]] arch::Platform platform(std::string_view tee) const;

  // A monotonic counter by the hash of who owns it and what he calls it; 0 before its first increment. It is
  // on disk before it is told. kResourceExhausted at 2^64 - 1 and beyond kMaximumCounters.
  Result<uint64_t> counter(const std::array<uint8_t, 32>& name) const;
  Result<uint64_t> increment_counter(const std::array<uint8_t, 32>& name);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // Derived from the secret for another purpose of the keeper's own.
  [[nodiscard]] std::array<uint8_t, 32> derive(std::string_view purpose) const;

  PlatformStore(PlatformStore&&) = default;
  PlatformStore& operator=(PlatformStore&&) = default;
  ~PlatformStore();

 private:
  PlatformStore(std::filesystem::path directory, Bytes master, arch::KeyId report_key_id)
      : directory_(std::move(directory)), master_(std::move(master)), report_key_id_(report_key_id) {}

  std::filesystem::path directory_;
  Bytes master_;
  arch::KeyId report_key_id_;  // new with each start
};

inline constexpr size_t kMaximumCounters = 65536;
// Component 0 of CPUSVN: the version of what Strongroom trusts in a software TEE, raised when a defect there
// is mended.
inline constexpr uint8_t kTcbVersion = 1;

}  // namespace strongroom::host
