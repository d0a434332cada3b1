// Sealing: encryption under a key that only this enclave, or enclaves of the same product, can have again;
// after a restart, on the same platform, in the same kind of TEE. docs/sealing.md describes the format to the
// byte, and against whom it protects.
//
//   auto kept = enclave::seal(enclave::SealTo::kSigner, secret, as_bytes("accounts"));
//   auto secret = enclave::unseal(*kept, as_bytes("accounts"));
//
// What sealing does not give is freshness: the host may keep an old blob and hand it out again (counter.h).
// All functions are thread safe and fail as identity.h says.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "strongroom/result.h"

namespace strongroom::enclave {

enum class SealTo : uint16_t {
  kEnclave = 1,  // MRENCLAVE: this very image
  // MRSIGNER, product id, and an SVN that is not older than this one: this version and its upgrades.
  // kPermissionDenied in an enclave that nobody signed.
  kSigner = 2,
};

inline constexpr size_t kSealOverhead = 128;  // bytes that a blob is longer than its plaintext

// `additional` is not kept in the blob; it must be given again to open it.
Result<std::vector<uint8_t>> seal(SealTo to, std::span<const uint8_t> plaintext,
                                  std::span<const uint8_t> additional = {});
// kMalformed where it is no blob, or one cut off; kVerificationFailed where it was changed or sealed
// elsewhere; kPermissionDenied where it was sealed by a newer version of the enclave or of the platform.
Result<std::vector<uint8_t>> unseal(std::span<const uint8_t> sealed,
                                    std::span<const uint8_t> additional = {});

// The same into memory of the caller, which must be of exactly the right size (kInvalidArgument) and must not
// overlap the input. unseal_into() leaves zeros there where it fails.
Result<void> seal_into(std::span<uint8_t> sealed, SealTo to, std::span<const uint8_t> plaintext,
                       std::span<const uint8_t> additional = {});
Result<void> unseal_into(std::span<uint8_t> plaintext, std::span<const uint8_t> sealed,
                         std::span<const uint8_t> additional = {});

}  // namespace strongroom::enclave
