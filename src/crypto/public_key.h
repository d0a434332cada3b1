// Public keys and the verification of signatures by them, over OpenSSL's EVP interface.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/digest.h"

struct evp_pkey_st;

namespace strongroom::crypto {

enum class KeyType { kP256, kP384, kP521, kRsa, kOther };

std::string_view to_string(KeyType type);
// Bytes of r and of s of a signature, and of a coordinate: 32, 48 or 66; 0 for what is none of the curves.
size_t order_length(KeyType type);

// An immutable public key; copies share it. Safe to use from several threads at once.
class PublicKey {
 public:
  // SubjectPublicKeyInfo, DER (RFC 5280 section 4.1.2.7); trailing bytes are refused.
  static Result<PublicKey> from_spki(ByteView der);
  // An uncompressed point without the leading 0x04: X || Y, big-endian, 32 (P-256), 48 (P-384) or 66 (P-521)
  // bytes each. A point that is not on the curve is refused.
  static Result<PublicKey> from_point(KeyType curve, ByteView xy);
  // RSA modulus and exponent, big-endian. Moduli outside 2048..8192 bits, and exponents that are even or one,
  // are refused.
  static Result<PublicKey> from_rsa(ByteView modulus, ByteView exponent);
  // Takes over one reference to `key`, which is not null.
  static PublicKey adopt(evp_pkey_st* key);

  [[nodiscard]] KeyType type() const { return type_; }
  [[nodiscard]] int bits() const;
  // Bits of security (NIST SP 800-57 part 1, table 2): 112 of RSA with 2048 bits, 128 of P-256.
  [[nodiscard]] int strength() const;
  [[nodiscard]] Bytes spki() const;
  // Of a curve's key: X || Y, as from_point() takes it; empty for other keys.
  [[nodiscard]] Bytes point() const;
  // SHA-256 of spki(): the fingerprint by which roots are pinned.
  [[nodiscard]] Sha256Digest fingerprint() const;
  [[nodiscard]] evp_pkey_st* get() const;

 private:
  friend Result<void> verify_ecdsa_digest(const PublicKey& key, ByteView digest, ByteView r_then_s);
  struct State;
  PublicKey(evp_pkey_st* key, KeyType type);
  std::shared_ptr<const State> state_;
  KeyType type_;
};

// Every function below returns kVerificationFailed where the signature does not hold, and where the key is of
// another type than the name says: an algorithm is chosen by the caller, never by the message.

// ECDSA with the signature as r || s, big-endian, each exactly as long as the curve's order (FIPS 186-5;
// IEEE P1363). A wrong length is a failure.
Result<void> verify_ecdsa(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView r_then_s);
// The same for a digest computed elsewhere.
Result<void> verify_ecdsa_digest(const PublicKey& key, ByteView digest, ByteView r_then_s);

// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
Result<void> verify_rsa_pkcs1(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView signature);
// RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash (RFC 8017 section 8.1, RFC 7518
// section 3.5).
Result<void> verify_rsa_pss(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView signature);

}  // namespace strongroom::crypto
