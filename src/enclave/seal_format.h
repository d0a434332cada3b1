// A sealed blob, version 1: this header, the ciphertext, the tag of 16 bytes. docs/sealing.md is its
// specification.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strongroom::enclave {

inline constexpr uint64_t kSealMagic = 0x4445'4c41'4553'5253;  // "SRSEALED"
inline constexpr uint16_t kSealVersion = 1;

// Little-endian. All of it is authenticated.
struct SealHeader {
  uint64_t magic;
  uint16_t version;
  uint16_t key_policy;  // SealTo; of KEYREQUEST, as are the next
  uint16_t isv_svn;
  uint16_t reserved;  // 0
  uint8_t cpu_svn[16];
  uint8_t key_id[32];  // random, new with each start of the enclave
  uint8_t salt[32];    // random, new with each blob: gives each its own key
  uint64_t plaintext_size;
  uint64_t additional_size;
};
static_assert(sizeof(SealHeader) == 112);
static_assert(offsetof(SealHeader, cpu_svn) == 16);
static_assert(offsetof(SealHeader, key_id) == 32);
static_assert(offsetof(SealHeader, salt) == 64);
static_assert(offsetof(SealHeader, plaintext_size) == 96);

}  // namespace strongroom::enclave
