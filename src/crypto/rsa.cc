#include "crypto/rsa.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "crypto/openssl.h"

namespace strongroom::crypto {
namespace {

constexpr int kBits = 3072;
constexpr unsigned kExponent = 3;

OwnedBignum to_bignum(const RsaNumber& number) {
  OwnedBignum out(BN_bin2bn(number.data(), static_cast<int>(number.size()), nullptr));
  require(out != nullptr);
  return out;
}

RsaNumber to_number(const BIGNUM* bignum) {
  RsaNumber out;
  require(BN_bn2binpad(bignum, out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size()));
  return out;
}

OwnedBignum parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return OwnedBignum(value);
}

// A passphrase is never asked for: an encrypted key is an error, not a prompt.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return -1;
}

Result<void> require_shape(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) != kBits)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the key is {} of {} bits; enclaves are signed by RSA of 3072 bits",
                            EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key)));
  const OwnedBignum exponent = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  if (exponent == nullptr || BN_is_word(exponent.get(), kExponent) != 1)
    return fail(
        ErrorCode::kInvalidArgument,
        "the key's public exponent is not 3, which SIGSTRUCT demands; make one with `strongroom key new`");
  return {};
}

}  // namespace

struct RsaPublicKey::State {
  OwnedPkey key;
  RsaNumber modulus;

  static Result<RsaPublicKey> create(OwnedPkey key) {
    TRY(require_shape(key.get()));
    const OwnedBignum modulus = parameter(key.get(), OSSL_PKEY_PARAM_RSA_N);
    if (modulus == nullptr) return fail_openssl(ErrorCode::kInternal, "cannot read the modulus");
    return RsaPublicKey(std::make_shared<const State>(State{std::move(key), to_number(modulus.get())}));
  }
};

RsaPublicKey::RsaPublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<RsaPublicKey> RsaPublicKey::from_modulus(const RsaNumber& modulus) {
  if ((modulus.front() & 0x80) == 0 || (modulus.back() & 1) == 0)
    return fail(ErrorCode::kInvalidArgument,
                "an RSA-3072 modulus has its first and its last bit set; this has not");
  const OwnedBignum n = to_bignum(modulus);
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  require(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
          OSSL_PARAM_BLD_push_uint(builder.get(), OSSL_PKEY_PARAM_RSA_E, kExponent) == 1);
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  require(parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return fail_openssl(ErrorCode::kInvalidArgument, "this cannot be an RSA modulus");
  return RsaPublicKey(std::make_shared<const State>(State{OwnedPkey(key), modulus}));
}

Result<RsaPublicKey> RsaPublicKey::from_pem(std::string_view pem) {
  OwnedPkey key(PEM_read_bio_PUBKEY(reading_bio(pem).get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return fail_openssl(ErrorCode::kMalformed, "cannot read a PEM \"PUBLIC KEY\"");
  return State::create(std::move(key));
}

const RsaNumber& RsaPublicKey::modulus() const {
  return state_->modulus;
}

Result<void> RsaPublicKey::verify(ByteView message, const RsaNumber& signature) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  require(context != nullptr);
  // PKCS#1 v1.5 is the default padding of RSA keys.
  require(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1);
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) !=
      1)
    return fail_openssl(ErrorCode::kVerificationFailed, "the RSA signature does not hold");
  return {};
}

RsaPrivateKey::RsaPrivateKey(RsaPublicKey key) : key_(std::move(key)) {}

Result<RsaPrivateKey> RsaPrivateKey::generate() {
  const OwnedPkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const OwnedBignum exponent(BN_new());
  require(context != nullptr && exponent != nullptr && BN_set_word(exponent.get(), kExponent) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kBits) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) != 1 ||
      EVP_PKEY_generate(context.get(), &key) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot make an RSA key");
  return RsaPrivateKey(TRY(RsaPublicKey::State::create(OwnedPkey(key))));
}

Result<RsaPrivateKey> RsaPrivateKey::from_pem(std::string_view pem) {
  OwnedPkey key(PEM_read_bio_PrivateKey(reading_bio(pem).get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr)
    return fail_openssl(ErrorCode::kMalformed,
                        "cannot read a PEM \"PRIVATE KEY\" (an encrypted one must be decrypted first)");
  return RsaPrivateKey(TRY(RsaPublicKey::State::create(std::move(key))));
}

Result<RsaPrivateKey> RsaPrivateKey::load(const std::filesystem::path& path) {
  Bytes pem = TRY(read_file(path, size_t{1} << 16));
  auto key = from_pem(as_text(pem));
  wipe(pem);
  if (!key) return tl::unexpected<Error>(key.error().in(path.string()));
  return key;
}

Result<void> RsaPrivateKey::save(const std::filesystem::path& path) const {
  const OwnedBio bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr);
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.state_->key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot write the key as PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return write_file(path, as_bytes({text, static_cast<size_t>(size)}), 0600);
}

const RsaPublicKey& RsaPrivateKey::public_key() const {
  return key_;
}

Result<std::string> RsaPrivateKey::public_pem() const {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr);
  if (PEM_write_bio_PUBKEY(bio.get(), key_.state_->key.get()) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot write the public key as PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Result<RsaNumber> RsaPrivateKey::sign(ByteView message) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  require(context != nullptr);
  RsaNumber signature;
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1 ||
      size != signature.size())
    return fail_openssl(ErrorCode::kInternal, "cannot sign");
  TRY_IN("the signature just made", key_.verify(message, signature));
  return signature;
}

Result<RsaQuotients> rsa_quotients(const RsaNumber& modulus, const RsaNumber& signature) {
  const OwnedBignum n = to_bignum(modulus);
  const OwnedBignum s = to_bignum(signature);
  if (BN_ucmp(s.get(), n.get()) >= 0)
    return fail(ErrorCode::kInvalidArgument, "the RSA signature is not below the modulus");
  const OwnedBignumContext context(BN_CTX_new());
  const OwnedBignum product(BN_new());
  const OwnedBignum quotient(BN_new());
  const OwnedBignum remainder(BN_new());
  require(context != nullptr && product != nullptr && quotient != nullptr && remainder != nullptr);
  RsaQuotients out;
  require(BN_sqr(product.get(), s.get(), context.get()) == 1 &&
          BN_div(quotient.get(), remainder.get(), product.get(), n.get(), context.get()) == 1);
  out.q1 = to_number(quotient.get());
  require(BN_mul(product.get(), s.get(), remainder.get(), context.get()) == 1 &&
          BN_div(quotient.get(), nullptr, product.get(), n.get(), context.get()) == 1);
  out.q2 = to_number(quotient.get());
  return out;
}

}  // namespace strongroom::crypto
