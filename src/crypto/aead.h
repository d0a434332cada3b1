// Authenticated encryption: AES-256-GCM (NIST SP 800-38D) by OpenSSL. Thread safe.
//
// A nonce must never serve twice with one key. Random nonces are safe for up to 2^32 messages a key.
#pragma once

#include <array>

#include "base/bytes.h"

namespace strongroom::crypto {

using Aes256Key = std::array<uint8_t, 32>;
using GcmNonce = std::array<uint8_t, 12>;
inline constexpr size_t kGcmTagSize = 16;

// Ciphertext, as long as `plaintext`, and then the tag. `associated` is authenticated and not encrypted.
Bytes aes256_gcm_seal(const Aes256Key& key, const GcmNonce& nonce, ByteView plaintext,
                      ByteView associated = {});

// The plaintext of what aes256_gcm_seal() made; kVerificationFailed when key, nonce, associated data,
// ciphertext or tag is not what it was, without saying which.
Result<Bytes> aes256_gcm_open(const Aes256Key& key, const GcmNonce& nonce, ByteView sealed,
                              ByteView associated = {});

}  // namespace strongroom::crypto
