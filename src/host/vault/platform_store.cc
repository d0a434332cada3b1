#include "host/vault/platform_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/mac.h"
#include "crypto/random.h"
#include "host/vault/tpm.h"

namespace strongroom::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSecretFile = "platform.secret";
constexpr std::string_view kMagic = "SRPLAT01";
constexpr std::string_view kSealedMagic = "SRPLAT02";
constexpr size_t kMasterSize = 32;

// It is ours, and ours alone.
Result<void> check_owner(const fs::path& path, mode_t kind) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return fail_errno("cannot look at " + path.string(), errno);
  if ((status.st_mode & S_IFMT) != kind || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
    return fail(ErrorCode::kPermissionDenied,
                fmt::format("{} must belong to user {} and be closed to everybody else (chmod go=)",
                            path.string(), geteuid()));
  return {};
}

// Makes a file with its content at once or not at all; one that is there already stays.
Result<void> create_file(const fs::path& path, ByteView content) {
  const fs::path draft = path.string() + fmt::format(".{}", getpid());
  const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return fail_errno("cannot create " + draft.string(), errno);
  const auto written = write_all(file.get(), content);
  const bool kept = written && fsync(file.get()) == 0;
  const int linked = kept ? link(draft.c_str(), path.c_str()) : 0;
  const int error = errno;
  unlink(draft.c_str());
  if (!kept) return fail_errno("cannot write " + draft.string(), error);
  if (linked != 0 && error != EEXIST) return fail_errno("cannot create " + path.string(), error);
  const FileDescriptor directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0)
    return fail_errno("cannot keep " + path.string(), errno);
  return {};
}

// The secret as it is kept: "SRPLAT01" and the secret itself; or "SRPLAT02" and the secret sealed to a TPM,
// where this machine has one that this user may use. A TPM that does not serve is no reason to keep a new
// secret without it.
Result<Bytes> file_of(ByteView master) {
  auto tpm = Tpm::open();
  if (tpm) return ByteWriter().bytes(as_bytes(kSealedMagic)).bytes(TRY(tpm->seal(master))).take();
  if (tpm.error().code == ErrorCode::kPermissionDenied)
    spdlog::warn("the new platform secret is not sealed to this machine's TPM: {}", tpm.error().message);
  else if (tpm.error().code != ErrorCode::kNotFound)
    return tl::unexpected<Error>(tpm.error().in("the platform's secret cannot be sealed"));
  return ByteWriter().bytes(as_bytes(kMagic)).bytes(master).take();
}

Result<Bytes> unseal(const fs::path& path, ByteView sealed) {
  constexpr std::string_view kRemedy =
      "; restore the TPM, or move the file away and lose everything that is sealed on this platform";
  auto tpm = Tpm::open();
  if (!tpm)
    return fail(tpm.error().code,
                fmt::format("{} is sealed to a TPM, and {}{}", path.string(), tpm.error().message, kRemedy));
  auto master = tpm->unseal(sealed);
  if (!master)
    return fail(master.error().code, fmt::format("{}: {}{}", path.string(), master.error().message, kRemedy));
  return master;
}

Result<Bytes> read_master(const fs::path& path) {
  TRY(check_owner(path, S_IFREG));
  Bytes file = TRY(read_file(path, 4096));
  const bool is_sealed = as_text(file).starts_with(kSealedMagic);
  if (!is_sealed && !as_text(file).starts_with(kMagic)) file.clear();
  const ByteView content = ByteView(file).subspan(std::min(file.size(), kMagic.size()));
  Bytes master = is_sealed ? TRY(unseal(path, content)) : to_bytes(content);
  wipe(file);
  if (master.size() != kMasterSize)
    return fail(ErrorCode::kMalformed, path.string() +
                                           " is not a platform secret; restore it, or remove it and lose "
                                           "everything that is sealed on this platform");
  return master;
}

}  // namespace

Result<fs::path> default_state_directory() {
  if (const char* given = std::getenv("STRONGROOM_STATE")) return fs::path(given);
  if (geteuid() == 0) return fs::path("/var/lib/strongroom");
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return fs::path(state) / "strongroom";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".local/state/strongroom";
  return fail(ErrorCode::kNotFound,
              "there is no place for the platform's secret: set STRONGROOM_STATE to a directory, or HOME");
}

Result<PlatformStore> PlatformStore::open(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory, error)) {
    fs::create_directories(directory.parent_path(), error);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      return fail_errno("cannot create " + directory.string(), errno);
  }
  TRY(check_owner(directory, S_IFDIR));
  const fs::path path = directory / kSecretFile;
  if (!fs::exists(path, error)) {
    auto master = TRY(crypto::random_array<kMasterSize>());
    auto file = file_of(master);
    wipe(master);
    if (!file) return tl::unexpected<Error>(file.error());
    const auto created = create_file(path, *file);
    wipe(*file);
    TRY(Result<void>(created));
  }
  const auto report_key_id = TRY(crypto::random_array<32>());
  return PlatformStore(directory, TRY(read_master(path)), report_key_id);
}

PlatformStore::~PlatformStore() {
  wipe(master_);
}

arch::Platform PlatformStore::platform(std::string_view tee) const {
  arch::Platform platform{.secret = arch::derive_platform_secret(master_, tee),
                          .owner_epoch = {},
                          .cpu_svn = {},
                          .report_key_id = report_key_id_};
  platform.cpu_svn[0] = kTcbVersion;
  return platform;
}

std::array<uint8_t, 32> PlatformStore::derive(std::string_view purpose) const {
  return crypto::hmac_sha256(
      master_, ByteWriter().bytes(as_bytes("strongroom keeper ")).bytes(as_bytes(purpose)).take());
}

}  // namespace strongroom::host
