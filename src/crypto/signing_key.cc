#include "crypto/signing_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "crypto/openssl.h"

namespace strongroom::crypto {
namespace {

using OwnedSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using OwnedGroup = Owned<EC_GROUP, EC_GROUP_free>;
using OwnedPoint = Owned<EC_POINT, EC_POINT_free>;
using OwnedParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
constexpr size_t kExtraSeedBytes = 8;  // FIPS 186-5, A.2.1: 64 bits more than the order has

const EVP_MD* hash_of(KeyType type) {
  return type == KeyType::kP256 ? EVP_sha256() : type == KeyType::kP384 ? EVP_sha384() : EVP_sha512();
}

Result<std::string> written(const PublicKey& key, bool whole) {
  const OwnedBio out(BIO_new(BIO_s_secmem()));
  require(out != nullptr);
  const int good =
      whole ? PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
            : PEM_write_bio_PUBKEY(out.get(), key.get());
  if (good != 1) return fail_openssl(ErrorCode::kInternal, "cannot write the key");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

Result<SigningKey> SigningKey::generate(KeyType curve) {
  if (order_length(curve) == 0)
    return fail(ErrorCode::kInvalidArgument, "signing keys are of P-256, P-384 or P-521");
  EVP_PKEY* key = EVP_EC_gen(to_string(curve).data());
  if (key == nullptr) return fail_openssl(ErrorCode::kUnavailable, "cannot make a key");
  return SigningKey(PublicKey::adopt(key));
}

Result<SigningKey> SigningKey::from_seed(KeyType curve, ByteView seed) {
  if (order_length(curve) == 0 || seed.size() != order_length(curve) + kExtraSeedBytes)
    return fail(ErrorCode::kInvalidArgument, "the seed of a signing key has a wrong length");
  const std::string name(to_string(curve));
  const OwnedGroup group(EC_GROUP_new_by_curve_name(EC_curve_nist2nid(name.c_str())));
  const OwnedBignumContext context(BN_CTX_secure_new());
  const OwnedBignum order_less_1(BN_new());
  OwnedBignum secret(BN_secure_new());
  require(group && context && order_less_1 && secret);
  BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
  const OwnedPoint point(EC_POINT_new(group.get()));
  // d = (c mod (n - 1)) + 1.
  require(point && BN_bin2bn(seed.data(), static_cast<int>(seed.size()), secret.get()) != nullptr &&
          BN_sub(order_less_1.get(), EC_GROUP_get0_order(group.get()), BN_value_one()) == 1 &&
          BN_nnmod(secret.get(), secret.get(), order_less_1.get(), context.get()) == 1 &&
          BN_add(secret.get(), secret.get(), BN_value_one()) == 1 &&
          EC_POINT_mul(group.get(), point.get(), secret.get(), nullptr, nullptr, context.get()) == 1);
  Bytes encoded(1 + 2 * order_length(curve));
  require(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                             encoded.size(), context.get()) == encoded.size());

  const OwnedParameterBuilder builder(OSSL_PARAM_BLD_new());
  require(builder &&
          OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.c_str(), 0) == 1 &&
          OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                           encoded.size()) == 1 &&
          OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1);
  const OwnedParameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedPkeyContext maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot make a key of a seed");
  return SigningKey(PublicKey::adopt(key));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const OwnedBio in = reading_bio(pem);
  // Encrypted keys would ask on the terminal for their password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr);
  if (key == nullptr)
    return fail_openssl(ErrorCode::kMalformed, "no private key in PEM that is not encrypted");
  PublicKey owner = PublicKey::adopt(key);
  if (order_length(owner.type()) == 0)
    return fail(
        ErrorCode::kInvalidArgument,
        "the key is not of P-256, P-384 or P-521; make one with: openssl genpkey -algorithm EC -pkeyopt "
        "ec_paramgen_curve:P-256");
  return SigningKey(std::move(owner));
}

Result<std::string> SigningKey::pem() const {
  return written(public_key_, true);
}

Result<std::string> SigningKey::public_pem() const {
  return written(public_key_, false);
}

Result<Bytes> SigningKey::sign(ByteView message) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  require(context != nullptr);
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, hash_of(type()), nullptr, public_key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot sign");
  Bytes der(size);
  if (EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) != 1)
    return fail_openssl(ErrorCode::kInternal, "cannot sign");
  const uint8_t* at = der.data();
  const OwnedSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  if (signature == nullptr) return fail_openssl(ErrorCode::kInternal, "cannot read the signature back");
  const size_t half = order_length(type());
  Bytes out(2 * half);
  const auto width = static_cast<int>(half);
  require(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), width) == width &&
          BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + half, width) == width);
  return out;
}

}  // namespace strongroom::crypto
