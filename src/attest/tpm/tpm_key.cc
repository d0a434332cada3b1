#include "attest/tpm/tpm_key.h"

#include <fmt/format.h>

namespace strongroom::attest::tpm {
namespace {

constexpr uint16_t kAlgRsa = 0x0001, kAlgNull = 0x0010, kAlgRsaSsa = 0x0014, kAlgRsaPss = 0x0016,
                   kAlgEcdsa = 0x0018, kAlgEcc = 0x0023;
constexpr uint16_t kCurveP256 = 0x0003, kCurveP384 = 0x0004, kCurveP521 = 0x0005;
// TPMA_OBJECT.
constexpr uint32_t kFixedTpm = 1U << 1, kFixedParent = 1U << 4, kSensitiveDataOrigin = 1U << 5,
                   kRestricted = 1U << 16, kDecrypt = 1U << 17, kSign = 1U << 18;
constexpr uint32_t kDefaultExponent = 65537;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "TPM structure: " + std::move(why));
}

Result<ByteView> sized(ByteReader& reader, std::string_view what) {
  const auto size = TRY(reader.big<uint16_t>(what));
  return reader.bytes(size, what);
}

// TPMT_SYM_DEF_OBJECT and the schemes, which matter to nobody here but must be stepped over.
Result<void> skip_parameters(ByteReader& reader) {
  if (TRY(reader.big<uint16_t>("symmetric")) != kAlgNull) TRY(reader.skip(4, "symmetric parameters"));
  if (TRY(reader.big<uint16_t>("scheme")) != kAlgNull) TRY(reader.skip(2, "scheme's hash"));
  return {};
}

Bytes padded(ByteView number, size_t size) {
  while (number.size() > size && number[0] == 0) number = number.subspan(1);
  Bytes out(size > number.size() ? size - number.size() : 0);
  out.insert(out.end(), number.begin(), number.end());
  return out;
}

Result<crypto::PublicKey> rsa_key(ByteReader& reader) {
  TRY(skip_parameters(reader));
  TRY(reader.skip(2, "keyBits"));
  auto exponent = TRY(reader.big<uint32_t>("exponent"));
  if (exponent == 0) exponent = kDefaultExponent;
  const ByteView modulus = TRY(sized(reader, "modulus"));
  const Bytes bytes = ByteWriter().big(exponent).take();
  return crypto::PublicKey::from_rsa(modulus, bytes);
}

Result<crypto::PublicKey> ecc_key(ByteReader& reader) {
  TRY(skip_parameters(reader));
  const auto curve = TRY(reader.big<uint16_t>("curve"));
  if (TRY(reader.big<uint16_t>("kdf")) != kAlgNull) TRY(reader.skip(2, "kdf's hash"));
  const ByteView x = TRY(sized(reader, "x"));
  const ByteView y = TRY(sized(reader, "y"));
  const size_t size = curve == kCurveP256 ? 32 : curve == kCurveP384 ? 48 : curve == kCurveP521 ? 66 : 0;
  if (size == 0) return malformed(fmt::format("curve 0x{:04x} is not known", curve));
  Bytes point = padded(x, size);
  const Bytes second = padded(y, size);
  point.insert(point.end(), second.begin(), second.end());
  if (point.size() != 2 * size) return malformed("a coordinate is too long");
  const auto type = size == 32   ? crypto::KeyType::kP256
                    : size == 48 ? crypto::KeyType::kP384
                                 : crypto::KeyType::kP521;
  return crypto::PublicKey::from_point(type, point);
}

// A TPM2B_PUBLIC begins with the size of the rest, which is no id of a key's type.
ByteView without_size(ByteView bytes) {
  const size_t size = bytes.size() < 2 ? 0 : static_cast<size_t>(bytes[0]) << 8 | bytes[1];
  return size != 0 && size == bytes.size() - 2 ? bytes.subspan(2) : bytes;
}

}  // namespace

bool TpmPublic::attestation_key() const {
  constexpr uint32_t kNeeded = kFixedTpm | kFixedParent | kSensitiveDataOrigin | kRestricted | kSign;
  return (attributes & kNeeded) == kNeeded && (attributes & kDecrypt) == 0;
}

bool looks_like_tpm_public(ByteView bytes) {
  ByteReader reader(without_size(bytes));
  const auto type = reader.big<uint16_t>("type");
  const auto hash = reader.big<uint16_t>("nameAlg");
  return type && hash && (*type == kAlgRsa || *type == kAlgEcc) && find_hash(*hash) && bytes.size() < 2048;
}

Result<TpmPublic> parse_tpm_public(ByteView bytes) {
  const ByteView area = without_size(bytes);
  ByteReader reader(area);
  const auto type = TRY(reader.big<uint16_t>("type"));
  const auto name_algorithm = find_hash(TRY(reader.big<uint16_t>("nameAlg")));
  if (!name_algorithm) return malformed("the name algorithm of a key is not known");
  const auto attributes = TRY(reader.big<uint32_t>("objectAttributes"));
  TRY(sized(reader, "authPolicy"));
  if (type != kAlgRsa && type != kAlgEcc) return malformed("a key is neither RSA nor ECC");
  crypto::PublicKey key = TRY(type == kAlgRsa ? rsa_key(reader) : ecc_key(reader));
  TRY(reader.expect_end("TPMT_PUBLIC"));
  Bytes name = ByteWriter().big(name_algorithm->id).bytes(digest(*name_algorithm, area)).take();
  return TpmPublic{std::move(key), std::move(name), attributes};
}

bool looks_like_tpm_signature(ByteView bytes) {
  return parse_tpm_signature(bytes).has_value();
}

Result<TpmSignature> parse_tpm_signature(ByteView bytes) {
  ByteReader reader(bytes);
  TpmSignature out;
  out.scheme = TRY(reader.big<uint16_t>("sigAlg"));
  const auto hash = find_hash(TRY(reader.big<uint16_t>("hash")));
  if (!hash) return malformed("the hash of a signature is not known");
  out.hash = *hash;
  if (out.scheme == kAlgRsaSsa || out.scheme == kAlgRsaPss) {
    out.value = to_bytes(TRY(sized(reader, "sig")));
  } else if (out.scheme == kAlgEcdsa) {
    out.r = to_bytes(TRY(sized(reader, "signatureR")));
    out.s = to_bytes(TRY(sized(reader, "signatureS")));
  } else {
    return malformed(fmt::format("signature scheme 0x{:04x} is not known", out.scheme));
  }
  TRY(reader.expect_end("TPMT_SIGNATURE"));
  return out;
}

Result<void> verify_tpm_signature(const TpmSignature& signature, const crypto::PublicKey& key,
                                  ByteView message) {
  switch (signature.scheme) {
    case kAlgRsaSsa:
      return crypto::verify_rsa_pkcs1(key, signature.hash.algorithm, message, signature.value);
    case kAlgRsaPss:
      return crypto::verify_rsa_pss(key, signature.hash.algorithm, message, signature.value);
    default:
      break;
  }
  const size_t size = key.type() == crypto::KeyType::kP256   ? 32
                      : key.type() == crypto::KeyType::kP384 ? 48
                      : key.type() == crypto::KeyType::kP521 ? 66
                                                             : 0;
  if (size == 0)
    return fail(ErrorCode::kVerificationFailed, "an ECDSA signature, but the key is on no known curve");
  if (signature.r.size() > size || signature.s.size() > size)
    return fail(ErrorCode::kVerificationFailed, "a half of the ECDSA signature is longer than the order");
  Bytes joined = padded(signature.r, size);
  const Bytes second = padded(signature.s, size);
  joined.insert(joined.end(), second.begin(), second.end());
  return crypto::verify_ecdsa(key, signature.hash.algorithm, message, joined);
}

}  // namespace strongroom::attest::tpm
