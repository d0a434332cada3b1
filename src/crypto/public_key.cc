#include "crypto/public_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "crypto/openssl.h"

namespace strongroom::crypto {
namespace {

using OwnedParameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using OwnedBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

tl::unexpected<Error> refused(std::string why) {
  ERR_clear_error();
  return fail(ErrorCode::kVerificationFailed, std::move(why));
}

// One point of truth for EVP_PKEY_fromdata of a public key.
Result<PublicKey> from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
  const OwnedParameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fail(ErrorCode::kMalformed, fmt::format("the bytes are no valid {} public key", type));
  }
  return PublicKey::adopt(key);
}

// The public half of a new key on the curve.
OwnedPkey make_on_curve(const char* name) {
  const OwnedPkey pair(EVP_EC_gen(name));
  uint8_t* der = nullptr;
  const int length = pair ? i2d_PUBKEY(pair.get(), &der) : 0;
  const uint8_t* cursor = der;
  OwnedPkey key(length > 0 ? d2i_PUBKEY(nullptr, &cursor, length) : nullptr);
  OPENSSL_free(der);
  require(key != nullptr);
  return key;
}

// Some public key on the curve: a constant, made at first use.
EVP_PKEY* on_curve(KeyType curve) {
  static const OwnedPkey k256 = make_on_curve("P-256"), k384 = make_on_curve("P-384"),
                         k521 = make_on_curve("P-521");
  return curve == KeyType::kP256 ? k256.get() : curve == KeyType::kP384 ? k384.get() : k521.get();
}

// The DER form of ECDSA-Sig-Value (RFC 3279 section 2.2.3) that OpenSSL's EVP interface takes.
Result<Bytes> signature_to_der(ByteView r_then_s, size_t half) {
  if (r_then_s.size() != 2 * half)
    return refused(fmt::format("signature has {} bytes instead of {}", r_then_s.size(), 2 * half));
  OwnedSignature signature(ECDSA_SIG_new());
  OwnedBignum r(BN_bin2bn(r_then_s.data(), static_cast<int>(half), nullptr));
  OwnedBignum s(BN_bin2bn(r_then_s.data() + half, static_cast<int>(half), nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return fail(ErrorCode::kResourceExhausted, "no memory for a signature");
  (void)r.release();
  (void)s.release();
  uint8_t* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  if (length <= 0) return fail(ErrorCode::kResourceExhausted, "no memory for a signature");
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

KeyType type_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) return KeyType::kRsa;
  if (EVP_PKEY_is_a(key, "EC") != 1) return KeyType::kOther;
  char group[64] = {};
  size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof group, &length) != 1) return KeyType::kOther;
  const std::string_view name(group, length);
  if (name == "prime256v1" || name == "P-256") return KeyType::kP256;
  if (name == "secp384r1" || name == "P-384") return KeyType::kP384;
  if (name == "secp521r1" || name == "P-521") return KeyType::kP521;
  return KeyType::kOther;
}

Result<void> verify_rsa(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView signature,
                        int padding) {
  if (key.type() != KeyType::kRsa) return refused("an RSA signature was expected, but the key is no RSA key");
  const OwnedDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  if (!context ||
      EVP_DigestVerifyInit(context.get(), &settings, digest_type(hash), nullptr, key.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(settings, padding) != 1 ||
      (padding == RSA_PKCS1_PSS_PADDING &&
       EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1))
    return refused("the key cannot verify such a signature");
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) !=
      1)
    return refused("the RSA signature does not verify");
  return {};
}

}  // namespace

std::string_view to_string(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return "P-256";
    case KeyType::kP384:
      return "P-384";
    case KeyType::kP521:
      return "P-521";
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kOther:
      break;
  }
  return "other";
}

size_t order_length(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return 32;
    case KeyType::kP384:
      return 48;
    case KeyType::kP521:
      return 66;
    default:
      return 0;
  }
}

// The key, and contexts ready to verify with it. Making one takes 22 turns of locks that all of OpenSSL's
// threads share, and a microsecond or two; EVP_PKEY_verify() may be called on it again and again.
struct PublicKey::State {
  explicit State(EVP_PKEY* adopted) : key(adopted) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (auto& place : spare) EVP_PKEY_CTX_free(place.load());
  }

  // Nobody else's until it is put back; null where the key cannot verify.
  [[nodiscard]] OwnedPkeyContext take_verifier() const {
    for (auto& place : spare)
      if (EVP_PKEY_CTX* ready = place.exchange(nullptr, std::memory_order_acquire))
        return OwnedPkeyContext(ready);
    OwnedPkeyContext made(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (made && EVP_PKEY_verify_init(made.get()) != 1) made.reset();
    return made;
  }
  void put_back(OwnedPkeyContext verifier) const {
    for (auto& place : spare) {
      EVP_PKEY_CTX* none = nullptr;
      if (!place.compare_exchange_strong(none, verifier.get(), std::memory_order_release)) continue;
      (void)verifier.release();
      return;
    }
  }

  OwnedPkey key;
  mutable std::array<std::atomic<EVP_PKEY_CTX*>, 4> spare{};
};

PublicKey::PublicKey(evp_pkey_st* key, KeyType type)
    : state_(std::make_shared<const State>(key)), type_(type) {}

evp_pkey_st* PublicKey::get() const {
  return state_->key.get();
}

PublicKey PublicKey::adopt(evp_pkey_st* key) {
  return {key, type_of(key)};
}

Result<PublicKey> PublicKey::from_spki(ByteView der) {
  const uint8_t* cursor = der.data();
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size()));
  if (key == nullptr || cursor != der.data() + der.size()) {
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fail(ErrorCode::kMalformed, "the bytes are no SubjectPublicKeyInfo");
  }
  return adopt(key);
}

Result<PublicKey> PublicKey::from_point(KeyType curve, ByteView xy) {
  const size_t half = order_length(curve);
  if (half == 0 || xy.size() != 2 * half)
    return fail(ErrorCode::kMalformed,
                fmt::format("{} bytes are no point of {}", xy.size(), to_string(curve)));
  Bytes point{0x04};
  point.insert(point.end(), xy.begin(), xy.end());
  // Setting the point of a key that has its curve already is four times as fast as making both.
  OwnedPkey key(EVP_PKEY_dup(on_curve(curve)));
  if (!key) return fail(ErrorCode::kResourceExhausted, "no memory for a key");
  if (EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kMalformed, fmt::format("the bytes are no point of {}", to_string(curve)));
  }
  return PublicKey(key.release(), curve);
}

Result<PublicKey> PublicKey::from_rsa(ByteView modulus, ByteView exponent) {
  if (modulus.size() > 1024 || exponent.empty() || exponent.size() > 8 || (exponent.back() & 1) == 0)
    return fail(ErrorCode::kMalformed, "RSA modulus or exponent has an unusable size");
  const OwnedBignum n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const OwnedBignum e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  // With the exponent one every number is its own signature.
  if (!e || BN_is_one(e.get()) == 1) return fail(ErrorCode::kMalformed, "RSA exponent is one");
  if (!n || BN_num_bits(n.get()) < 2048 || BN_is_odd(n.get()) != 1)
    return fail(ErrorCode::kMalformed, "RSA modulus has less than 2048 bits or is even");
  const OwnedBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return fail(ErrorCode::kResourceExhausted, "no memory for a key");
  return from_parameters("RSA", builder.get());
}

int PublicKey::bits() const {
  return EVP_PKEY_get_bits(get());
}

int PublicKey::strength() const {
  return EVP_PKEY_get_security_bits(get());
}

Bytes PublicKey::spki() const {
  uint8_t* der = nullptr;
  const int length = i2d_PUBKEY(get(), &der);
  if (length <= 0) std::abort();  // a key that was parsed can be written, unless memory is gone
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

Bytes PublicKey::point() const {
  if (order_length(type_) == 0) return {};
  Bytes encoded(1 + 2 * order_length(type_));
  size_t size = 0;
  require(EVP_PKEY_get_octet_string_param(get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(),
                                          &size) == 1 &&
          size == encoded.size() && encoded[0] == POINT_CONVERSION_UNCOMPRESSED);
  return Bytes(encoded.begin() + 1, encoded.end());
}

Sha256Digest PublicKey::fingerprint() const {
  return sha256(spki());
}

Result<void> verify_ecdsa_digest(const PublicKey& key, ByteView digest, ByteView r_then_s) {
  const size_t half = order_length(key.type());
  if (half == 0) return refused("an ECDSA signature was expected, but the key is on no known curve");
  const Bytes signature = TRY(signature_to_der(r_then_s, half));
  OwnedPkeyContext context = key.state_->take_verifier();
  if (!context ||
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) != 1)
    return refused("the ECDSA signature does not verify");
  key.state_->put_back(std::move(context));  // one that has failed is not used again
  return {};
}

Result<void> verify_ecdsa(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView r_then_s) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_Digest(message.data(), message.size(), digest.data(), &length, digest_type(hash), nullptr) != 1)
    return refused("the message cannot be hashed");
  return verify_ecdsa_digest(key, ByteView(digest).first(length), r_then_s);
}

Result<void> verify_rsa_pkcs1(const PublicKey& key, HashAlgorithm hash, ByteView message,
                              ByteView signature) {
  return verify_rsa(key, hash, message, signature, RSA_PKCS1_PADDING);
}

Result<void> verify_rsa_pss(const PublicKey& key, HashAlgorithm hash, ByteView message, ByteView signature) {
  return verify_rsa(key, hash, message, signature, RSA_PKCS1_PSS_PADDING);
}

}  // namespace strongroom::crypto
