// Enclaves without a TEE, for tests: the library asks a platform's service directly, as the enclave that the
// test says it is.
#pragma once

#include <unistd.h>

#include <filesystem>

#include "arch/test_platform.h"
#include "enclave/keeper.h"
#include "enclave/seal_key.h"
#include "host/vault/enclave_service.h"

namespace strongroom::enclave {

// A platform in a directory of its own, removed at the end.
class TestPlatform {
 public:
  explicit TestPlatform(std::string_view name)
      : directory_(std::filesystem::temp_directory_path() /
                   ("strongroom-platform-" + std::string(name) + "-" + std::to_string(getpid()))),
        store_(host::PlatformStore::open(directory_).value()) {}
  ~TestPlatform() { std::filesystem::remove_all(directory_); }
  host::PlatformStore& store() { return store_; }

 private:
  std::filesystem::path directory_;
  host::PlatformStore store_;
};

inline host::Admission test_admission() {
  host::Admission admission{
      .identity = arch::test_enclave(), .tee = tee::TeeKind::kProcess, .is_signed = true};
  admission.identity.misc_select = 0;
  return admission;
}

// While it lives, the library is linked into this enclave.
class AsEnclave : public Keeper {
 public:
  AsEnclave(const host::Admission& admission, TestPlatform& platform)
      : service_(admission, platform.store()) {
    substitute_keeper(this);
    forget_seal_keys();
  }
  ~AsEnclave() override { substitute_keeper(nullptr); }
  Result<Bytes> ask(ByteView request) override { return service_.answer(request); }

 private:
  host::EnclaveService service_;
};

}  // namespace strongroom::enclave
