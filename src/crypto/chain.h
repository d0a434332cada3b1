// Certificate chains to pinned roots (RFC 5280 section 6, without policies and name constraints, which no
// vendor of evidence uses: a certificate that carries them as critical is refused).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "crypto/signature_cache.h"

namespace strongroom::crypto {

// What certificates of a trusted key may stand at the end of a chain.
enum class RootForm {
  kSignsItself,  // those that the key has signed itself: name and dates are its owner's word
  kAny,          // whoever issued them; for authorities below a root that the caller trusts
};

// A root is a key, not a certificate: vendors have issued one root key in several encodings.
struct TrustedKey {
  std::string name;          // how findings and policies call it, for instance "intel-sgx-root"
  Sha256Digest fingerprint;  // SHA-256 of its SubjectPublicKeyInfo
  RootForm form = RootForm::kAny;
};

struct Chain {
  std::vector<Certificate> certificates;  // leaf first, root last
  std::string root;                       // the name of the TrustedKey

  [[nodiscard]] const Certificate& leaf() const { return certificates.front(); }
};

// Finds a chain from `leaf` through `candidates`, in whatever order they stand, to one of `roots`. Every
// signature, the root's own included, is checked, and basicConstraints, path lengths, keyUsage and critical
// extensions. Prefers a chain all of whose certificates are valid at `time`, but returns one that is not
// where there is no other: ask check_validity(). Signatures of less than 112 bits of strength (SHA-1, MD5,
// RSA below 2048 bits) count only where a root makes them itself. Fails with kNotFound where an issuer's
// certificate is not among the candidates, and with kVerificationFailed otherwise. Does at most 64 signature
// checks whatever the candidates are.
Result<Chain> build_chain(const Certificate& leaf, std::span<const Certificate> candidates,
                          std::span<const TrustedKey> roots, Time time, SignatureCache* cache = nullptr);

// Every certificate of the chain is valid at `time`: neither expired nor not yet valid.
Result<void> check_validity(const Chain& chain, Time time);

// What the revocation lists at hand say about one chain.
enum class Revocation {
  kGood,     // every certificate below the root is covered by a list that is current, and on none
  kRevoked,  // one is listed, in a list (current or not) that its issuer signed
  kMissing,  // for one there is no list that its issuer signed
  kStale,    // for one there are only lists that are expired or not yet valid
};
struct RevocationResult {
  Revocation state;
  std::string why;
};
// Lists that another authority issued or signed are passed over, and mentioned where none is left.
RevocationResult check_revocation(const Chain& chain, std::span<const RevocationList> lists, Time time,
                                  SignatureCache* cache = nullptr);

// "2026-01-31T12:00:00Z".
std::string time_text(Time time);

}  // namespace strongroom::crypto
