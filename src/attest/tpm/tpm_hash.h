// The hash algorithms of TPMs, by their TPM_ALG_ID (TCG Algorithm Registry, table 3).
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace strongroom::attest::tpm {

inline constexpr uint16_t kAlgSha1 = 0x0004, kAlgSha256 = 0x000b, kAlgSha384 = 0x000c, kAlgSha512 = 0x000d;

struct TpmHash {
  uint16_t id;
  std::string_view name;  // "sha256"
  size_t size;            // bytes of a digest
  crypto::HashAlgorithm algorithm;
};

// None where the id is not one of the four above.
std::optional<TpmHash> find_hash(uint16_t id);

Bytes digest(const TpmHash& hash, ByteView bytes);

}  // namespace strongroom::attest::tpm
