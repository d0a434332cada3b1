// Message authentication codes by OpenSSL: AES-128-CMAC (RFC 4493), HMAC-SHA256 (RFC 2104). Thread safe.
#pragma once

#include <array>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace strongroom::crypto {

using Aes128Key = std::array<uint8_t, 16>;
using CmacTag = std::array<uint8_t, 16>;

CmacTag aes128_cmac(const Aes128Key& key, ByteView message);

// `key` of any length; 32 bytes and more carry the full strength.
Sha256Digest hmac_sha256(ByteView key, ByteView message);

// Compares in time that depends on the lengths alone. For MACs and other secrets.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace strongroom::crypto
