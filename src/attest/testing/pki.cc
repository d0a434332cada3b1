#include "attest/testing/pki.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

#include "base/encoding.h"
#include "crypto/openssl.h"

namespace strongroom::attest::testing {
namespace {

using crypto::Owned;
using crypto::OwnedBignum;

void check(bool good) {
  if (good) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

void set_name(X509_NAME* name, const std::string& common_name) {
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const uint8_t*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1);
}

void set_time(ASN1_TIME* field, Time time) {
  check(ASN1_TIME_set(field, static_cast<time_t>(time.time_since_epoch().count())) != nullptr);
}

void add_extension(X509* certificate, const X509V3_CTX* context, int nid, const std::string& value) {
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, const_cast<X509V3_CTX*>(context), nid, value.c_str()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_extension(X509* certificate, const Extension& spec) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(spec.oid.c_str(), 1));
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  check(object && value &&
        ASN1_OCTET_STRING_set(value.get(), spec.value.data(), static_cast<int>(spec.value.size())) == 1);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), spec.critical ? 1 : 0, value.get()));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

const EVP_MD* hash_of(const Key& key) {
  return key.kind() == Key::Kind::kP384 ? EVP_sha384() : EVP_sha256();
}

// A signing context for X509_sign_ctx and X509_CRL_sign_ctx.
crypto::OwnedDigestContext signer(const Key& key, bool pss) {
  crypto::OwnedDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  check(EVP_DigestSignInit(context.get(), &settings, pss ? EVP_sha384() : hash_of(key), nullptr, key.get()) ==
        1);
  if (pss)
    check(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
          EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1);
  return context;
}

template <typename T>
Bytes written(int (*write)(const T*, unsigned char**), const T* object) {
  unsigned char* out = nullptr;
  const int length = write(object, &out);
  check(length > 0);
  Bytes bytes(out, out + length);
  OPENSSL_free(out);
  return bytes;
}

}  // namespace

Key Key::make(Kind kind) {
  Key key;
  key.kind_ = kind;
  EVP_PKEY* made =
      kind == Kind::kRsa2048 ? EVP_RSA_gen(2048) : EVP_EC_gen(kind == Kind::kP256 ? "P-256" : "P-384");
  check(made != nullptr);
  key.key_ = std::shared_ptr<EVP_PKEY>(made, EVP_PKEY_free);
  return key;
}

Bytes Key::point() const {
  uint8_t* encoded = nullptr;
  const size_t length = EVP_PKEY_get1_encoded_public_key(get(), &encoded);
  check(length > 1 && encoded[0] == 4);
  Bytes out(encoded + 1, encoded + length);
  OPENSSL_free(encoded);
  return out;
}

Bytes Key::modulus() const {
  BIGNUM* n = nullptr;
  check(EVP_PKEY_get_bn_param(get(), "n", &n) == 1);
  const OwnedBignum owned(n);
  Bytes out(static_cast<size_t>(BN_num_bytes(n)));
  check(BN_bn2bin(n, out.data()) == static_cast<int>(out.size()));
  return out;
}

Bytes Key::spki() const {
  return written<EVP_PKEY>(i2d_PUBKEY, get());
}

crypto::Sha256Digest Key::fingerprint() const {
  return crypto::sha256(written<EVP_PKEY>(i2d_PUBKEY, get()));
}

Bytes Key::sign(ByteView message, bool sha384) const {
  const crypto::OwnedDigestContext context(EVP_MD_CTX_new());
  const EVP_MD* hash = sha384 ? EVP_sha384() : hash_of(*this);
  check(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, get()) == 1);
  Bytes signature(256);
  size_t length = signature.size();
  check(EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) == 1);
  signature.resize(length);
  if (kind_ == Kind::kRsa2048) return signature;
  const uint8_t* cursor = signature.data();
  const Owned<ECDSA_SIG, ECDSA_SIG_free> parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(length)));
  check(parsed != nullptr);
  const int half = kind_ == Kind::kP384 ? 48 : 32;
  Bytes out(static_cast<size_t>(2 * half));
  check(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out.data(), half) == half &&
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out.data() + half, half) == half);
  return out;
}

Identity issue(const CertificateSpec& spec, const Key& key, const Identity* issuer) {
  const Owned<X509, X509_free> certificate(X509_new());
  X509* x509 = certificate.get();
  check(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), spec.serial) == 1 &&
        X509_set_pubkey(x509, key.get()) == 1);
  set_name(X509_get_subject_name(x509), spec.common_name);
  set_name(X509_get_issuer_name(x509), issuer == nullptr ? spec.common_name : issuer->name);
  set_time(X509_getm_notBefore(x509), spec.from);
  set_time(X509_getm_notAfter(x509), spec.until);
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  std::string constraints = spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
  if (spec.path_length) constraints += ",pathlen:" + std::to_string(*spec.path_length);
  add_extension(x509, &context, NID_basic_constraints, constraints);
  if (!spec.key_usage.empty()) add_extension(x509, &context, NID_key_usage, spec.key_usage);
  for (const Extension& extension : spec.extensions) add_extension(x509, extension);
  const crypto::OwnedDigestContext signing = signer(issuer == nullptr ? key : issuer->key, spec.pss);
  check(X509_sign_ctx(x509, signing.get()) > 0);
  return {key, written<X509>(i2d_X509, x509), spec.common_name};
}

Bytes revoke(const Identity& issuer, Time from, Time until, const std::vector<uint64_t>& serials, bool pss) {
  const Owned<X509_CRL, X509_CRL_free> crl(X509_CRL_new());
  const Owned<X509_NAME, X509_NAME_free> name(X509_NAME_new());
  const Owned<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
  set_name(name.get(), issuer.name);
  check(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
        X509_CRL_set_issuer_name(crl.get(), name.get()) == 1);
  set_time(time.get(), from);
  check(X509_CRL_set1_lastUpdate(crl.get(), time.get()) == 1);
  for (const uint64_t serial : serials) {
    X509_REVOKED* entry = X509_REVOKED_new();
    const Owned<ASN1_INTEGER, ASN1_INTEGER_free> number(ASN1_INTEGER_new());
    check(entry != nullptr && ASN1_INTEGER_set_uint64(number.get(), serial) == 1 &&
          X509_REVOKED_set_serialNumber(entry, number.get()) == 1 &&
          X509_REVOKED_set_revocationDate(entry, time.get()) == 1 &&
          X509_CRL_add0_revoked(crl.get(), entry) == 1);
  }
  set_time(time.get(), until);
  check(X509_CRL_set1_nextUpdate(crl.get(), time.get()) == 1 && X509_CRL_sort(crl.get()) == 1);
  const crypto::OwnedDigestContext signing = signer(issuer.key, pss);
  check(X509_CRL_sign_ctx(crl.get(), signing.get()) > 0);
  return written<X509_CRL>(i2d_X509_CRL, crl.get());
}

std::string pem(ByteView certificate) {
  const std::string base64 = to_base64(certificate);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < base64.size(); at += 64) out += base64.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

Bytes der(uint8_t tag, ByteView content) {
  ByteWriter out;
  out.little(tag);
  if (content.size() < 0x80) {
    out.little(static_cast<uint8_t>(content.size()));
  } else if (content.size() < 0x100) {
    out.little(uint8_t{0x81}).little(static_cast<uint8_t>(content.size()));
  } else {
    out.little(uint8_t{0x82}).big(static_cast<uint16_t>(content.size()));
  }
  return out.bytes(content).take();
}

Bytes der_integer(uint64_t value, uint8_t tag) {
  Bytes digits;
  do {
    digits.insert(digits.begin(), static_cast<uint8_t>(value));
    value >>= 8;
  } while (value != 0);
  if ((digits[0] & 0x80) != 0) digits.insert(digits.begin(), 0);
  return der(tag, digits);
}

Bytes der_oid(std::string_view dotted) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(std::string(dotted).c_str(), 1));
  check(object != nullptr);
  return written<ASN1_OBJECT>(i2d_ASN1_OBJECT, object.get());
}

Bytes concat(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace strongroom::attest::testing
