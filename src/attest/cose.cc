#include "attest/cose.h"

#include <fmt/format.h>

namespace strongroom::attest {
namespace {

constexpr uint64_t kTagSign1 = 18;
constexpr int64_t kHeaderAlgorithm = 1, kHeaderCritical = 2;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "COSE_Sign1: " + std::move(why));
}

}  // namespace

Result<CoseSign1> parse_cose_sign1(ByteView bytes) {
  if (bytes.size() > size_t{1} << 24) return malformed("larger than 16 MiB");
  const CborItem document = TRY_IN("COSE_Sign1", parse_cbor(bytes));
  const CborItem* array = &document;
  if (document.type == CborType::kTag) {
    if (document.number != kTagSign1) return malformed(fmt::format("tag {} instead of 18", document.number));
    array = &document.items[0];
  }
  if (array->type != CborType::kArray || array->items.size() != 4) return malformed("not an array of four");
  const std::vector<CborItem>& parts = array->items;
  if (parts[0].type != CborType::kBytes || parts[1].type != CborType::kMap ||
      parts[2].type != CborType::kBytes || parts[3].type != CborType::kBytes)
    return malformed("a part has another type");
  CoseSign1 message{to_bytes(parts[0].string()), to_bytes(parts[2].string()), to_bytes(parts[3].string()), 0,
                    parts[1].items.size() / 2};
  const CborItem header = TRY_IN("COSE_Sign1 protected header", parse_cbor(message.protected_header));
  const CborItem* algorithm = header.find(kHeaderAlgorithm);
  if (algorithm == nullptr || !algorithm->integer())
    return malformed("the protected header names no algorithm");
  if (header.find(kHeaderCritical) != nullptr) return malformed("critical headers are not understood");
  message.algorithm = *algorithm->integer();
  return message;
}

Result<void> verify_cose_sign1(const CoseSign1& message, const crypto::PublicKey& key, int64_t algorithm) {
  if (message.algorithm != algorithm)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the algorithm is {}, but {} is demanded", message.algorithm, algorithm));
  const bool es256 = algorithm == kCoseEs256, es384 = algorithm == kCoseEs384;
  if (!es256 && !es384 && algorithm != kCoseEs512)
    return fail(ErrorCode::kVerificationFailed, fmt::format("algorithm {} is not supported", algorithm));
  const auto type = es256 ? crypto::KeyType::kP256 : es384 ? crypto::KeyType::kP384 : crypto::KeyType::kP521;
  const auto hash = es256   ? crypto::HashAlgorithm::kSha256
                    : es384 ? crypto::HashAlgorithm::kSha384
                            : crypto::HashAlgorithm::kSha512;
  if (key.type() != type)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("algorithm {} wants another key than {}", algorithm, to_string(key.type())));
  return crypto::verify_ecdsa(key, hash, crypto::cose_signed_bytes(message.protected_header, message.payload),
                              message.signature);
}

}  // namespace strongroom::attest
