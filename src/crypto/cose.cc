#include "crypto/cose.h"

#include "base/cbor_writer.h"

namespace strongroom::crypto {
namespace {

constexpr uint64_t kTagSign1 = 18;
constexpr int64_t kHeaderAlgorithm = 1;

Bytes protected_header(int64_t algorithm) {
  return cbor::Map().set(kHeaderAlgorithm, cbor::number(algorithm)).encode();
}

}  // namespace

int64_t cose_algorithm_of(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return kCoseEs256;
    case KeyType::kP384:
      return kCoseEs384;
    case KeyType::kP521:
      return kCoseEs512;
    default:
      return 0;
  }
}

std::string_view jose_algorithm_of(KeyType type) {
  switch (cose_algorithm_of(type)) {
    case kCoseEs256:
      return "ES256";
    case kCoseEs384:
      return "ES384";
    case kCoseEs512:
      return "ES512";
    default:
      return {};
  }
}

Bytes cose_signed_bytes(ByteView header, ByteView payload) {
  return cbor::array({cbor::text("Signature1"), cbor::bytes(header), cbor::bytes({}), cbor::bytes(payload)});
}

Bytes encode_cose_sign1(int64_t algorithm, ByteView payload, ByteView signature) {
  return cbor::tag(kTagSign1, cbor::array({cbor::bytes(protected_header(algorithm)), cbor::Map().encode(),
                                           cbor::bytes(payload), cbor::bytes(signature)}));
}

Result<Bytes> sign_cose_sign1(ByteView payload, const SigningKey& key) {
  const int64_t algorithm = cose_algorithm_of(key.type());
  const Bytes signature = TRY(key.sign(cose_signed_bytes(protected_header(algorithm), payload)));
  return encode_cose_sign1(algorithm, payload, signature);
}

}  // namespace strongroom::crypto
