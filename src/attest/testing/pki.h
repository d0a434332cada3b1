// A certificate authority for tests: keys, certificates and revocation lists of every kind that vendors have,
// and of every kind that they must not have. Test code only; failures of OpenSSL end the process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"

namespace strongroom::attest::testing {

using crypto::Time;

// A private key; copies share it.
class Key {
 public:
  enum class Kind { kP256, kP384, kRsa2048 };
  static Key make(Kind kind);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] evp_pkey_st* get() const { return key_.get(); }
  // Curve keys: x || y.
  [[nodiscard]] Bytes point() const;
  [[nodiscard]] crypto::Sha256Digest fingerprint() const;
  // RSA keys.
  [[nodiscard]] Bytes modulus() const;
  [[nodiscard]] Bytes spki() const;
  // ECDSA with the curve's usual hash, or SHA-384 for any curve: r || s. RSA: PKCS #1 version 1.5 with
  // SHA-256.
  [[nodiscard]] Bytes sign(ByteView message, bool sha384 = false) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  Kind kind_ = Kind::kP256;
};

struct Extension {
  std::string oid;
  Bytes value;
  bool critical = false;
};

// What a certificate says; the defaults make a good leaf.
struct CertificateSpec {
  std::string common_name;
  Time from, until;
  uint64_t serial = 1;
  bool authority = false;
  std::optional<int> path_length;
  std::string key_usage = "critical,digitalSignature";  // OpenSSL's notation; empty: absent
  std::vector<Extension> extensions;
  bool pss = false;  // signed with RSA-PSS and SHA-384, as AMD does
};

// A certificate with its key.
struct Identity {
  Key key;
  Bytes der;
  std::string name;
};

// Issues a certificate for `key`. Without an issuer it is self-signed.
Identity issue(const CertificateSpec& spec, const Key& key, const Identity* issuer);

// A revocation list of `issuer` that lists these serials.
Bytes revoke(const Identity& issuer, Time from, Time until, const std::vector<uint64_t>& serials,
             bool pss = false);

std::string pem(ByteView certificate);

// DER for extensions.
Bytes der(uint8_t tag, ByteView content);
Bytes der_integer(uint64_t value, uint8_t tag = 0x02);
Bytes der_oid(std::string_view dotted);
Bytes concat(std::initializer_list<Bytes> parts);

}  // namespace strongroom::attest::testing
