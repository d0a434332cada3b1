// Any request of an enclave has an answer, whoever the enclave is; and nobody without its launch secret is
// answered.
#include <cstdlib>
#include <filesystem>

#include "arch/keeper_link.h"
#include "host/vault/enclave_service.h"

using namespace strongroom;
using namespace strongroom::host;

namespace {

// The state directory of this process, gone with it.
struct Store {
  Store() {
    setenv("STRONGROOM_TPM", "none", 1);
    char name[] = "/tmp/strongroom-vault-fuzz-XXXXXX";
    directory = mkdtemp(name);
    store.emplace(PlatformStore::open(directory).value());
  }
  ~Store() {
    store.reset();
    std::filesystem::remove_all(directory);
  }
  std::filesystem::path directory;
  std::optional<PlatformStore> store;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Store store;
  if (size == 0) return 0;
  const ByteView input(data, size);
  const uint8_t who = input[0];
  Admission admission{.identity = {},
                      .tee = (who & 1) != 0 ? tee::TeeKind::kVm : tee::TeeKind::kProcess,
                      .is_signed = (who & 2) != 0};
  admission.identity.attributes = arch::kDefaultAttributes;
  admission.identity.attributes.flags |=
      arch::kAttributeInit | ((who & 4) != 0 ? uint64_t{arch::kAttributeDebug} : 0);
  EnclaveService service(admission, *store.store);
  const Bytes answer = service.answer(input.subspan(1));
  if (answer.size() < sizeof(uint32_t) || answer.size() > arch::kMaximumKeeperMessage) __builtin_trap();
  arch::KeeperLinkAnswerer link(arch::LaunchSecret{7});
  if (link.unwrap(input)) __builtin_trap();
  return 0;
}
