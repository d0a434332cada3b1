// Authenticated encryption: AES-256-GCM (NIST SP 800-38D) by OpenSSL. Thread safe.
//
// A nonce must never serve twice with one key. Random nonces are safe for up to 2^32 messages a key.
#pragma once

#include <array>
#include <initializer_list>
#include <span>

#include "base/bytes.h"

namespace strongroom::crypto {

using Aes256Key = std::array<uint8_t, 32>;
using GcmNonce = std::array<uint8_t, 12>;
inline constexpr size_t kGcmTagSize = 16;

// The nonce of a numbered message: `prefix`, which tells apart what is numbered on its own under one key,
// then the number, both little-endian.
GcmNonce gcm_nonce(uint32_t prefix, uint64_t number);

// Ciphertext, as long as `plaintext`, and then the tag. `associated` is authenticated and not encrypted.
Bytes aes256_gcm_seal(const Aes256Key& key, const GcmNonce& nonce, ByteView plaintext,
                      ByteView associated = {});
// The same into memory of the caller, kGcmTagSize longer than `plaintext` and apart from it. The parts of
// `associated` count as one, one after the other.
void aes256_gcm_seal_into(std::span<uint8_t> sealed, const Aes256Key& key, const GcmNonce& nonce,
                          ByteView plaintext, std::initializer_list<ByteView> associated);

// The plaintext of what aes256_gcm_seal() made; kVerificationFailed when key, nonce, associated data,
// ciphertext or tag is not what it was, without saying which.
Result<Bytes> aes256_gcm_open(const Aes256Key& key, const GcmNonce& nonce, ByteView sealed,
                              ByteView associated = {});
// The same into memory of the caller, kGcmTagSize shorter than `sealed` and apart from it; zeros where it
// fails.
Result<void> aes256_gcm_open_into(std::span<uint8_t> plaintext, const Aes256Key& key, const GcmNonce& nonce,
                                  ByteView sealed, std::initializer_list<ByteView> associated);

}  // namespace strongroom::crypto
