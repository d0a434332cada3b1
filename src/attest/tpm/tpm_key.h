// Keys and signatures as TPMs marshal them. TCG, Trusted Platform Module Library, part 2: TPMT_PUBLIC
// (12.2.4), TPMA_OBJECT (8.3), TPMT_SIGNATURE (11.3.4). All integers are big-endian.
#pragma once

#include "attest/tpm/tpm_hash.h"
#include "base/bytes.h"
#include "crypto/public_key.h"

namespace strongroom::attest::tpm {

struct TpmPublic {
  crypto::PublicKey key;
  Bytes name;  // algorithm id and hash of the public area: how a TPM calls the key
  uint32_t attributes = 0;

  // Made inside of this TPM, never to leave it, and signing nothing but what the TPM itself has made: only
  // then does a quote that the key signed come from the TPM.
  [[nodiscard]] bool attestation_key() const;
};

// A TPMT_PUBLIC of an RSA or ECC key, alone or as TPM2B_PUBLIC with its size before it; nothing may follow.
Result<TpmPublic> parse_tpm_public(ByteView bytes);
bool looks_like_tpm_public(ByteView bytes);

struct TpmSignature {
  uint16_t scheme = 0;
  TpmHash hash{};
  Bytes value;  // RSA
  Bytes r, s;   // ECDSA, big-endian, at most as long as the order
};

// RSASSA, RSAPSS or ECDSA; nothing may follow.
Result<TpmSignature> parse_tpm_signature(ByteView bytes);
bool looks_like_tpm_signature(ByteView bytes);

// The scheme must belong to the type of the key.
Result<void> verify_tpm_signature(const TpmSignature& signature, const crypto::PublicKey& key,
                                  ByteView message);

}  // namespace strongroom::attest::tpm
