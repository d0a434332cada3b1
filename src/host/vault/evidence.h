// Evidence about an enclave for a verifier elsewhere: an arch::EvidenceToken, signed by the platform's
// attestation key.
#pragma once

#include <functional>

#include "arch/evidence_token.h"
#include "crypto/signing_key.h"
#include "host/vault/platform_store.h"

namespace strongroom::host {

// ECDSA over P-256. It follows from the platform's secret and the version of the software TEEs, so it is
// where that secret is, stays as long, and is another one after a defect in what it vouched for was mended.
Result<crypto::SigningKey> attestation_key(const PlatformStore& store);

// Asks the machine's TPM for evidence with these 32 bytes as its report data.
using AskTpm = std::function<Result<Bytes>(ByteView data)>;

// The COSE_Sign1 message. `token` is complete but for the key and its root: that is the TPM, where there is
// one (otherwise `tpm` is empty) and it answers.
Result<Bytes> sign_evidence(arch::EvidenceToken token, const crypto::SigningKey& key, const AskTpm& tpm);

}  // namespace strongroom::host
