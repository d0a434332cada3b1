#include "attest/tpm/tpm_hash.h"

#include "crypto/digest.h"

namespace strongroom::attest::tpm {

std::optional<TpmHash> find_hash(uint16_t id) {
  switch (id) {
    case kAlgSha1:
      return TpmHash{id, "sha1", 20, crypto::HashAlgorithm::kSha1};
    case kAlgSha256:
      return TpmHash{id, "sha256", 32, crypto::HashAlgorithm::kSha256};
    case kAlgSha384:
      return TpmHash{id, "sha384", 48, crypto::HashAlgorithm::kSha384};
    case kAlgSha512:
      return TpmHash{id, "sha512", 64, crypto::HashAlgorithm::kSha512};
    default:
      return std::nullopt;
  }
}

Bytes digest(const TpmHash& hash, ByteView bytes) {
  const auto copy = [](const auto& value) { return Bytes(value.begin(), value.end()); };
  switch (hash.algorithm) {
    case crypto::HashAlgorithm::kSha1:
      return copy(crypto::sha1(bytes));
    case crypto::HashAlgorithm::kSha256:
      return copy(crypto::sha256(bytes));
    case crypto::HashAlgorithm::kSha384:
      return copy(crypto::sha384(bytes));
    case crypto::HashAlgorithm::kSha512:
      break;
  }
  return copy(crypto::sha512(bytes));
}

}  // namespace strongroom::attest::tpm
