// A keeper of one's own for tests: its key, its tokens, and its root's evidence about that key. What a token
// consists of is written here by hand, apart from the code under test. Test code only.
#pragma once

#include <functional>
#include <map>

#include "attest/testing/amd_world.h"
#include "attest/testing/nitro_world.h"
#include "attest/testing/tpm_world.h"

namespace strongroom::attest::testing {

struct KeeperSpec {
  Time now;
  Bytes nonce_claim = Bytes(16, 0x77), user_data = Bytes(32, 0x55);
  std::string tee = "process";
  uint64_t flags = 0x05;  // INIT, MODE64BIT
  uint8_t tcb_version = 1;
  uint16_t product_id = 7, svn = 3;
  Bytes mrenclave = Bytes(32, 0x11), mrsigner = Bytes(32, 0x12);
  std::string root = "unrooted";  // what vouches for the key: also "tpm", "sev-snp", "tdx"
  std::function<void(TpmSpec&)> change_tpm;
  std::function<void(AmdSpec&)> change_snp;
  std::function<void(IntelSpec&)> change_td;
  std::optional<Bytes> root_data;  // instead of what binds the key
  int64_t algorithm = -7;
  Key::Kind signing_key = Key::Kind::kP256;
  bool sign_with_other_key = false, claim_other_key = false;
  bool trust_key = false, trust_other_key = false, give_key = false, trust_root = true, indefinite = false,
       tag = true;
  Bytes unprotected = {0xa0};
  std::function<void(Bytes&)> change_report;  // 384 bytes, after REPORTDATA was set
  // Claims by key, encoded, in the order in which they are written.
  std::function<void(std::vector<std::pair<int64_t, Bytes>>&)> change_claims;
  std::function<void(Bytes&)> change_payload, change_document;
  std::optional<Bytes> nonce = Bytes(16, 0x77);
  std::string policy;  // TOML; empty: none
};

struct KeeperCase {
  Bytes evidence;
  std::unique_ptr<AmdCase> snp;  // what vouches for the key, where it is that
  std::unique_ptr<IntelCase> td;
  Collateral collateral;  // without a root, or a TPM's
  std::optional<Policy> policy;
  VerificationOptions options;
};

// Without a root, and with a policy that names that case.
KeeperSpec good_keeper();
// Vouched for by `root`, judged without a policy.
KeeperSpec good_rooted_keeper(const std::string& root);
std::unique_ptr<KeeperCase> build(const KeeperSpec& spec);

Bytes cbor_number(int64_t value);

}  // namespace strongroom::attest::testing
