#include "crypto/certificate.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <set>

#include "crypto/x509_support.h"

namespace strongroom::crypto {

struct Certificate::State {
  X509* x509 = nullptr;
  Bytes der;
  std::string subject, issuer, common_name;
  Bytes serial;
  Period validity;
  std::optional<PublicKey> key;
  Sha256Digest key_fingerprint{}, fingerprint{};
  bool authority = false;
  int signature_strength = 0;
  std::optional<unsigned> path_length;
  uint32_t usage = UINT32_MAX;  // all bits where keyUsage is absent
  std::optional<std::string> unknown_critical;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { X509_free(x509); }
};

namespace {

tl::unexpected<Error> malformed(std::string_view why) {
  ERR_clear_error();
  return fail(ErrorCode::kMalformed, fmt::format("certificate: {}", why));
}

// Critical extensions whose meaning the code of this directory applies. Other names of the subject (critical
// where the subject's own is empty, as in TPMs' certificates) are for those who look for a name: nobody here
// does.
bool understood(const X509_EXTENSION* extension) {
  const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(const_cast<X509_EXTENSION*>(extension)));
  return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_subject_alt_name;
}

std::string common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(name), NID_commonName, at)) >= 0;)
    last = at;
  if (last < 0) return {};
  uint8_t* text = nullptr;
  const int length = ASN1_STRING_to_UTF8(
      &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(const_cast<X509_NAME*>(name), last)));
  if (length < 0) return {};
  std::string out(reinterpret_cast<const char*>(text), static_cast<size_t>(length));
  OPENSSL_free(text);
  return out;
}

}  // namespace

Result<Certificate> Certificate::from_der(ByteView der) {
  if (der.size() > size_t{1} << 20) return malformed("larger than 1 MiB");
  const uint8_t* cursor = der.data();
  auto state = std::make_shared<State>();
  state->x509 = d2i_X509(nullptr, &cursor, static_cast<long>(der.size()));
  if (state->x509 == nullptr) return malformed("not X.509 DER");
  if (cursor != der.data() + der.size()) return malformed("bytes follow it");
  X509* x509 = state->x509;
  if (!same_encoding(der, i2d_X509, x509)) return malformed("its encoding is not DER");
  if (X509_get_version(x509) != X509_VERSION_3) return malformed("not version 3");
  state->der = to_bytes(der);
  const uint32_t flags = X509_get_extension_flags(x509);  // decodes and caches the extensions
  if ((flags & EXFLAG_INVALID) != 0) return malformed("an extension cannot be decoded");

  state->validity.from = TRY_IN("certificate notBefore", to_time(X509_get0_notBefore(x509)));
  state->validity.until = TRY_IN("certificate notAfter", to_time(X509_get0_notAfter(x509)));
  EVP_PKEY* key = X509_get_pubkey(x509);
  if (key == nullptr) return malformed("its public key cannot be read");
  state->key = PublicKey::adopt(key);
  state->key_fingerprint = sha256(encoding_of(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(x509)));
  state->fingerprint = sha256(der);
  state->subject = name_text(X509_get_subject_name(x509));
  state->issuer = name_text(X509_get_issuer_name(x509));
  state->common_name = common_name_of(X509_get_subject_name(x509));
  state->serial = integer_bytes(X509_get0_serialNumber(x509));
  int hash = 0, algorithm = 0;
  uint32_t about = 0;
  if (X509_get_signature_info(x509, &hash, &algorithm, &state->signature_strength, &about) != 1)
    state->signature_strength = 0;
  state->authority = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
  if (const long length = X509_get_pathlen(x509); length >= 0)
    state->path_length = static_cast<unsigned>(length);
  if ((flags & EXFLAG_KUSAGE) != 0) state->usage = X509_get_key_usage(x509);

  std::set<std::string> seen;
  for (int i = 0; i < X509_get_ext_count(x509); ++i) {
    const X509_EXTENSION* extension = X509_get_ext(x509, i);
    const std::string oid = dotted(X509_EXTENSION_get_object(const_cast<X509_EXTENSION*>(extension)));
    if (!seen.insert(oid).second) return malformed(fmt::format("extension {} occurs twice", oid));
    if (X509_EXTENSION_get_critical(extension) == 1 && !understood(extension)) state->unknown_critical = oid;
  }
  return Certificate(std::move(state));
}

ByteView Certificate::der() const {
  return state_->der;
}
const std::string& Certificate::subject() const {
  return state_->subject;
}
const std::string& Certificate::issuer() const {
  return state_->issuer;
}
const std::string& Certificate::common_name() const {
  return state_->common_name;
}
const Bytes& Certificate::serial() const {
  return state_->serial;
}
const Period& Certificate::validity() const {
  return state_->validity;
}
const PublicKey& Certificate::key() const {
  return *state_->key;
}
const Sha256Digest& Certificate::key_fingerprint() const {
  return state_->key_fingerprint;
}
const Sha256Digest& Certificate::fingerprint() const {
  return state_->fingerprint;
}
bool Certificate::is_authority() const {
  return state_->authority;
}
std::optional<unsigned> Certificate::path_length() const {
  return state_->path_length;
}
bool Certificate::may_sign_certificates() const {
  return (state_->usage & KU_KEY_CERT_SIGN) != 0;
}
bool Certificate::may_sign_revocation_lists() const {
  return (state_->usage & KU_CRL_SIGN) != 0;
}
bool Certificate::may_sign_data() const {
  return (state_->usage & KU_DIGITAL_SIGNATURE) != 0;
}
const std::optional<std::string>& Certificate::unknown_critical_extension() const {
  return state_->unknown_critical;
}

std::optional<ByteView> Certificate::extension(std::string_view dotted_oid) const {
  for (int i = 0; i < X509_get_ext_count(state_->x509); ++i) {
    X509_EXTENSION* extension = X509_get_ext(state_->x509, i);
    if (dotted(X509_EXTENSION_get_object(extension)) != dotted_oid) continue;
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    return ByteView(ASN1_STRING_get0_data(value), static_cast<size_t>(ASN1_STRING_length(value)));
  }
  return std::nullopt;
}

bool Certificate::names_issuer(const Certificate& other) const {
  return X509_NAME_cmp(X509_get_issuer_name(state_->x509), X509_get_subject_name(other.state_->x509)) == 0;
}

int Certificate::signature_strength() const {
  return state_->signature_strength;
}

bool Certificate::is_signed_by(const Certificate& issuer) const {
  const bool good = X509_verify(state_->x509, issuer.key().get()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

struct RevocationList::State {
  X509_CRL* crl = nullptr;
  std::string issuer;
  Period validity;
  Sha256Digest fingerprint{};

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { X509_CRL_free(crl); }
};

Result<RevocationList> RevocationList::from_der(ByteView der) {
  const auto refuse = [](std::string_view why) {
    ERR_clear_error();
    return fail(ErrorCode::kMalformed, fmt::format("revocation list: {}", why));
  };
  const uint8_t* cursor = der.data();
  auto state = std::make_shared<State>();
  if (der.size() > size_t{64} << 20) return refuse("larger than 64 MiB");
  state->crl = d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size()));
  if (state->crl == nullptr) return refuse("not X.509 DER");
  if (cursor != der.data() + der.size()) return refuse("bytes follow it");
  if (!same_encoding(der, i2d_X509_CRL, state->crl)) return refuse("its encoding is not DER");
  for (int i = 0; i < X509_CRL_get_ext_count(state->crl); ++i)
    if (X509_EXTENSION_get_critical(X509_CRL_get_ext(state->crl, i)) == 1)
      return refuse("it has a critical extension, as partial and indirect lists do");
  state->validity.from = TRY_IN("revocation list thisUpdate", to_time(X509_CRL_get0_lastUpdate(state->crl)));
  if (X509_CRL_get0_nextUpdate(state->crl) == nullptr) return refuse("nextUpdate is missing");
  state->validity.until = TRY_IN("revocation list nextUpdate", to_time(X509_CRL_get0_nextUpdate(state->crl)));
  state->issuer = name_text(X509_CRL_get_issuer(state->crl));
  state->fingerprint = sha256(der);
  // Sorts the entries now, so that later look-ups only read.
  X509_REVOKED* none = nullptr;
  ASN1_INTEGER* zero = ASN1_INTEGER_new();
  if (zero != nullptr) X509_CRL_get0_by_serial(state->crl, &none, zero);
  ASN1_INTEGER_free(zero);
  return RevocationList(std::move(state));
}

const std::string& RevocationList::issuer() const {
  return state_->issuer;
}
const Period& RevocationList::validity() const {
  return state_->validity;
}

bool RevocationList::names_issuer(const Certificate& authority) const {
  return authority.may_sign_revocation_lists() &&
         X509_NAME_cmp(X509_CRL_get_issuer(state_->crl), X509_get_subject_name(authority.state_->x509)) == 0;
}

bool RevocationList::is_signed_by(const Certificate& authority) const {
  const bool good = X509_CRL_verify(state_->crl, authority.key().get()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

bool RevocationList::lists(const Certificate& certificate) const {
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_serial(state_->crl, &entry, X509_get0_serialNumber(certificate.state_->x509)) != 0;
}

const Sha256Digest& RevocationList::fingerprint() const {
  return state_->fingerprint;
}

size_t RevocationList::size() const {
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(state_->crl);
  return entries == nullptr ? 0 : static_cast<size_t>(sk_X509_REVOKED_num(entries));
}

}  // namespace strongroom::crypto
