#include "host/vault/evidence.h"

#include <fmt/format.h>

#include "base/log.h"
#include "crypto/cose.h"

namespace strongroom::host {

Result<crypto::SigningKey> attestation_key(const PlatformStore& store) {
  constexpr size_t kSeedSize = 40;
  auto first = store.derive(fmt::format("attestation key 1, TCB {}, first part", kTcbVersion));
  auto second = store.derive(fmt::format("attestation key 1, TCB {}, second part", kTcbVersion));
  Bytes seed = ByteWriter().bytes(first).bytes(second).take();
  auto key = crypto::SigningKey::from_seed(crypto::KeyType::kP256, ByteView(seed).first(kSeedSize));
  wipe(seed);
  wipe(first);
  wipe(second);
  return key;
}

Result<Bytes> sign_evidence(arch::EvidenceToken token, const crypto::SigningKey& key, const AskTpm& tpm) {
  token.key = key.public_key().point();
  if (tpm) {
    auto quote = tpm(arch::evidence_root_data(token.key, token.nonce));
    if (quote) {
      token.root = "tpm";
      token.root_evidence = std::move(*quote);
    } else {
      spdlog::warn("evidence is made without the TPM: {}", quote.error().message);
    }
  }
  return crypto::sign_cose_sign1(arch::encode_claims(token), key);
}

}  // namespace strongroom::host
