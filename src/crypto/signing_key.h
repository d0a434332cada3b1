// A private key that signs messages: ECDSA on P-256, P-384 or P-521, each with its usual hash. (The RSA keys
// of enclaves are crypto/rsa.h.) Immutable; copies share it; safe to use from several threads at once.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace strongroom::crypto {

class SigningKey {
 public:
  // A new key on the curve: kP256, kP384 or kP521.
  static Result<SigningKey> generate(KeyType curve);
  // The key of this secret seed, always the same: private key and seed are as FIPS 186-5, appendix A.2.1
  // ("extra random bits") relates them. The seed is 8 bytes longer than the curve's order (40 for P-256).
  static Result<SigningKey> from_seed(KeyType curve, ByteView seed);
  // A PEM "PRIVATE KEY" (PKCS #8) or "EC PRIVATE KEY", not encrypted. Other kinds of key are refused.
  static Result<SigningKey> from_pem(std::string_view pem);

  [[nodiscard]] KeyType type() const { return public_key_.type(); }
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  // The private key as PKCS #8 PEM: a secret.
  [[nodiscard]] Result<std::string> pem() const;
  // The public key as PEM, "PUBLIC KEY".
  [[nodiscard]] Result<std::string> public_pem() const;

  // r || s, big-endian, each as long as the curve's order; the hash is SHA-256, SHA-384 or SHA-512.
  [[nodiscard]] Result<Bytes> sign(ByteView message) const;

 private:
  explicit SigningKey(PublicKey key) : public_key_(std::move(key)) {}
  PublicKey public_key_;  // its OpenSSL object holds the private half, too
};

}  // namespace strongroom::crypto
