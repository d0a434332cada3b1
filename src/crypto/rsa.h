// RSA-3072 with public exponent 3, the only RSA of the enclave architecture: keys, and signatures of the
// scheme RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2). Objects are immutable after their making,
// and thread safe.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace strongroom::crypto {

inline constexpr size_t kRsaSize = 384;  // bytes
// A number below 2^3072, big-endian.
using RsaNumber = std::array<uint8_t, kRsaSize>;

class RsaPublicKey {
 public:
  // Refuses a modulus that is not of exactly 3072 bits, or even.
  static Result<RsaPublicKey> from_modulus(const RsaNumber& modulus);
  // A PEM "PUBLIC KEY" (SubjectPublicKeyInfo), as an HSM's tool or `openssl pkey -pubout` writes it.
  static Result<RsaPublicKey> from_pem(std::string_view pem);

  [[nodiscard]] const RsaNumber& modulus() const;
  // kVerificationFailed where the signature is not by this key over `message`.
  [[nodiscard]] Result<void> verify(ByteView message, const RsaNumber& signature) const;

 private:
  friend class RsaPrivateKey;
  struct State;
  explicit RsaPublicKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

class RsaPrivateKey {
 public:
  // Takes from a fraction of a second to some seconds.
  static Result<RsaPrivateKey> generate();
  // A PEM "PRIVATE KEY" (PKCS#8) or "RSA PRIVATE KEY" (PKCS#1), not encrypted. Refuses other sizes, exponents
  // and kinds of key.
  static Result<RsaPrivateKey> from_pem(std::string_view pem);
  // from_pem() of a file.
  static Result<RsaPrivateKey> load(const std::filesystem::path& path);

  // Writes PKCS#8 PEM, readable by its owner alone (mode 0600).
  [[nodiscard]] Result<void> save(const std::filesystem::path& path) const;
  [[nodiscard]] const RsaPublicKey& public_key() const;
  // The public key as PEM.
  [[nodiscard]] Result<std::string> public_pem() const;
  // The signature over `message`, verified before it is given out: a fault while signing would give the key
  // away.
  [[nodiscard]] Result<RsaNumber> sign(ByteView message) const;

 private:
  explicit RsaPrivateKey(RsaPublicKey key);
  RsaPublicKey key_;  // its OpenSSL object holds the private half, too
};

// What SIGSTRUCT carries to spare its verifier divisions: with signature s and modulus n,
// q1 = floor(s^2 / n) and q2 = floor(s * (s^2 mod n) / n). All numbers big-endian; s < n, so both fit.
struct RsaQuotients {
  RsaNumber q1;
  RsaNumber q2;
  bool operator==(const RsaQuotients&) const = default;
};
// kInvalidArgument where the signature is not below the modulus.
Result<RsaQuotients> rsa_quotients(const RsaNumber& modulus, const RsaNumber& signature);

}  // namespace strongroom::crypto
