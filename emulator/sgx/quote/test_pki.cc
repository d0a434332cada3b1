#include "quote/test_pki.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "quote/issue_pki.h"

namespace strongroom::sgx {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestFile = 65536;

Result<TestPki> read_pki(const fs::path& directory) {
  const Bytes pem = TRY(read_file(directory / "attestation-key.pem", kLongestFile));
  auto key = TRY(crypto::SigningKey::from_pem(as_text(pem)));
  return TestPki{std::move(key), TRY(read_file(directory / "certification.bin", kLongestFile))};
}

Result<void> write_pki(const fs::path& directory) {
  const IssuedPki made = TRY(issue_pki());
  std::error_code error;
  fs::create_directories(directory / "collateral", error);
  if (error) return fail_errno("cannot create " + directory.string(), error.value());
  for (const auto& [name, content] : made.public_files) TRY(write_file(directory / name, content));
  return write_file(directory / "attestation-key.pem", as_bytes(made.attestation_key_pem), 0600);
}

}  // namespace

Result<fs::path> default_pki_directory() {
  constexpr char kName[] = "sgx-emulator";
  if (const char* given = std::getenv("STRONGROOM_STATE")) return fs::path(given) / kName;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return fs::path(state) / "strongroom" / kName;
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".local/state/strongroom" / kName;
  return fail(ErrorCode::kNotFound,
              "there is no place for the emulator's test PKI: set STRONGROOM_STATE or HOME");
}

Result<TestPki> open_test_pki(const fs::path& directory) {
  std::error_code error;
  if (fs::exists(directory, error)) return read_pki(directory);
  const fs::path state = directory.parent_path();
  fs::create_directories(state.parent_path(), error);
  if (mkdir(state.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno("cannot create " + state.string(), errno);
  // Made beside its place and put there as a whole. Who comes second takes the first one's.
  const fs::path draft = directory.string() + "." + std::to_string(getpid());
  if (mkdir(draft.c_str(), 0700) != 0) return fail_errno("cannot create " + draft.string(), errno);
  const auto written = write_pki(draft);
  const bool placed = written && rename(draft.c_str(), directory.c_str()) == 0;
  if (!placed) fs::remove_all(draft, error);
  TRY(Result<void>(written));
  return read_pki(directory);
}

}  // namespace strongroom::sgx
