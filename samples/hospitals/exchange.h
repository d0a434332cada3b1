// How a hospital and the enclave talk through a host that both distrust: X25519 (RFC 7748), HKDF-SHA256 (RFC
// 5869), AES-256-GCM. Each message has a key of its own, which only the two of them can derive, and only for
// these terms.
//
//   message = salt (32 random bytes) || ciphertext || tag (16 bytes)
//   key = HKDF(X25519(own secret, peer's key), salt, "hospitals 1 " || direction || enclave's key ||
//   hospital's key ||
//         SHA-256(terms)); the nonce is zero
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace study {

using Key = std::array<uint8_t, 32>;
using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

struct KeyPair {
  Key secret{};
  Key open{};  // the public half
};
KeyPair new_key_pair();
Key public_key(const Key& secret);

Key sha256(ByteView bytes);

// What the enclave's evidence binds: whoever has a key that it vouches for has these terms, too.
Key statement(const Key& enclave, const Key& terms_digest);

// The two ends and the terms of one conversation.
struct Session {
  Key secret;  // one's own
  Key enclave, hospital;
  Key terms_digest;
};
enum class Direction { kShard, kModel };

// Throws std::runtime_error where the peer's key is of no use.
Bytes encrypt(const Session& session, Direction direction, ByteView plaintext);
// Throws std::runtime_error for everything that the peer did not encrypt so.
Bytes decrypt(const Session& session, Direction direction, ByteView message);

}  // namespace study
