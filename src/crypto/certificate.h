// X.509 certificates and revocation lists (RFC 5280), parsed by OpenSSL and held immutable.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/public_key.h"

namespace strongroom::crypto {

using Time = std::chrono::sys_seconds;

// Both ends included, as RFC 5280 sections 4.1.2.5 and 5.1.2 have them.
struct Period {
  Time from;
  Time until;
  [[nodiscard]] bool contains(Time time) const { return from <= time && time <= until; }
};

// An immutable certificate; copies share it. Safe to use from several threads at once.
class Certificate {
 public:
  // One DER certificate. Refused: trailing bytes, an outer encoding that is not DER, duplicate or undecodable
  // extensions, versions other than 3.
  static Result<Certificate> from_der(ByteView der);

  [[nodiscard]] ByteView der() const;
  // RFC 2253 text, for people.
  [[nodiscard]] const std::string& subject() const;
  [[nodiscard]] const std::string& issuer() const;
  // The last commonName of the subject; empty where there is none.
  [[nodiscard]] const std::string& common_name() const;
  // Big-endian, without leading zeros.
  [[nodiscard]] const Bytes& serial() const;
  [[nodiscard]] const Period& validity() const;
  [[nodiscard]] const PublicKey& key() const;
  // SHA-256 of the SubjectPublicKeyInfo.
  [[nodiscard]] const Sha256Digest& key_fingerprint() const;
  [[nodiscard]] const Sha256Digest& fingerprint() const;

  // basicConstraints says CA.
  [[nodiscard]] bool is_authority() const;
  // basicConstraints' pathLenConstraint.
  [[nodiscard]] std::optional<unsigned> path_length() const;
  // keyUsage is absent or holds the bit.
  [[nodiscard]] bool may_sign_certificates() const;
  [[nodiscard]] bool may_sign_revocation_lists() const;
  [[nodiscard]] bool may_sign_data() const;
  // A critical extension that nobody here understands, by its dotted OID.
  [[nodiscard]] const std::optional<std::string>& unknown_critical_extension() const;

  // The extnValue of the extension with this dotted OID; none where it is absent.
  [[nodiscard]] std::optional<ByteView> extension(std::string_view dotted_oid) const;

  // The issuer name equals the subject of `other`, compared as RFC 5280 section 7.1 says.
  [[nodiscard]] bool names_issuer(const Certificate& other) const;
  [[nodiscard]] bool self_issued() const { return names_issuer(*this); }
  // Bits of security of its signature's hash (NIST SP 800-57 part 1, section 5.6.1): 128 of SHA-256, less
  // than 80 of SHA-1 and MD5; 0 where the algorithm is not known.
  [[nodiscard]] int signature_strength() const;
  // The signature on this certificate verifies under the key of `issuer`.
  [[nodiscard]] bool is_signed_by(const Certificate& issuer) const;

 private:
  friend class RevocationList;
  struct State;
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// An immutable complete certificate revocation list; copies share it. Safe to use from several threads.
class RevocationList {
 public:
  // One DER CRL. Refused: trailing bytes, critical extensions (delta and indirect lists, partitions by reason
  // or kind of certificate), lists without nextUpdate.
  static Result<RevocationList> from_der(ByteView der);

  [[nodiscard]] const std::string& issuer() const;
  // SHA-256 of the whole list.
  [[nodiscard]] const Sha256Digest& fingerprint() const;
  // thisUpdate to nextUpdate.
  [[nodiscard]] const Period& validity() const;
  // Its issuer is the subject of `authority`, whose key usage allows it.
  [[nodiscard]] bool names_issuer(const Certificate& authority) const;
  [[nodiscard]] bool is_signed_by(const Certificate& authority) const;
  [[nodiscard]] bool lists(const Certificate& certificate) const;
  [[nodiscard]] size_t size() const;

 private:
  struct State;
  explicit RevocationList(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace strongroom::crypto
