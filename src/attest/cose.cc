#include "attest/cose.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cbor_writer.h"
#include "crypto/mac.h"

namespace strongroom::attest {
namespace {

constexpr uint64_t kTagMac0 = 17, kTagSign1 = 18;
constexpr int64_t kHeaderAlgorithm = 1, kHeaderCritical = 2;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "COSE: " + std::move(why));
}

// MAC_structure = ["MAC0", protected, external_aad, payload] (section 6.3).
Bytes authenticated_bytes(const CoseSign1& message) {
  return cbor::array({cbor::text("MAC0"), cbor::bytes(message.protected_header), cbor::bytes({}),
                      cbor::bytes(message.payload)});
}

Result<void> check_critical(const CborItem& header, std::span<const std::string_view> understood) {
  const CborItem* critical = header.find(kHeaderCritical);
  if (critical == nullptr) return {};
  if (critical->type != CborType::kArray || critical->items.empty())
    return malformed("the list of critical headers has another form");
  for (const CborItem& label : critical->items)
    if (label.type != CborType::kText ||
        std::find(understood.begin(), understood.end(), as_text(label.string())) == understood.end())
      return malformed("critical headers are not understood");
  return {};
}

enum class Header { kRequired, kMayBeEmpty };

Result<CoseSign1> parse(ByteView bytes, uint64_t tag, std::span<const std::string_view> understood,
                        Header need = Header::kRequired) {
  if (bytes.size() > size_t{1} << 24) return malformed("larger than 16 MiB");
  const CborItem document = TRY_IN("COSE", parse_cbor(bytes));
  const CborItem* array = &document;
  if (document.type == CborType::kTag) {
    if (document.number != tag) return malformed(fmt::format("tag {} instead of {}", document.number, tag));
    array = &document.items[0];
  }
  if (array->type != CborType::kArray || array->items.size() != 4) return malformed("not an array of four");
  const std::vector<CborItem>& parts = array->items;
  if (parts[0].type != CborType::kBytes || parts[1].type != CborType::kMap ||
      parts[2].type != CborType::kBytes || parts[3].type != CborType::kBytes)
    return malformed("a part has another type");
  CoseSign1 message{to_bytes(parts[0].string()), to_bytes(parts[2].string()), to_bytes(parts[3].string()), 0,
                    parts[1].items.size() / 2};
  if (need == Header::kMayBeEmpty && message.protected_header.empty()) return message;
  const CborItem header = TRY_IN("COSE protected header", parse_cbor(message.protected_header));
  const CborItem* algorithm = header.find(kHeaderAlgorithm);
  if (algorithm == nullptr || !algorithm->integer())
    return malformed("the protected header names no algorithm");
  TRY(check_critical(header, understood));
  message.algorithm = *algorithm->integer();
  return message;
}

}  // namespace

Result<CoseSign1> parse_cose_sign1(ByteView bytes, std::span<const std::string_view> understood) {
  return parse(bytes, kTagSign1, understood);
}

Result<CoseSign1> parse_cose_sign1_of_key(ByteView bytes) {
  return parse(bytes, kTagSign1, {}, Header::kMayBeEmpty);
}

Result<CoseSign1> parse_cose_mac0(ByteView bytes) {
  return parse(bytes, kTagMac0, {});
}

Result<void> verify_cose_sign1(const CoseSign1& message, const crypto::PublicKey& key, int64_t algorithm) {
  if (message.algorithm != algorithm)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the algorithm is {}, but {} is demanded", message.algorithm, algorithm));
  const Bytes signed_bytes = crypto::cose_signed_bytes(message.protected_header, message.payload);
  const bool small = algorithm == kCoseEs256 || algorithm == kCosePs256,
             middle = algorithm == kCoseEs384 || algorithm == kCosePs384;
  const auto hash = small    ? crypto::HashAlgorithm::kSha256
                    : middle ? crypto::HashAlgorithm::kSha384
                             : crypto::HashAlgorithm::kSha512;
  if (algorithm <= kCosePs256 && algorithm >= kCosePs512)
    return crypto::verify_rsa_pss(key, hash, signed_bytes, message.signature);
  if (algorithm != kCoseEs256 && algorithm != kCoseEs384 && algorithm != kCoseEs512)
    return fail(ErrorCode::kVerificationFailed, fmt::format("algorithm {} is not supported", algorithm));
  if (cose_algorithm_of(key.type()) != algorithm)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("algorithm {} wants another key than {}", algorithm, to_string(key.type())));
  return crypto::verify_ecdsa(key, hash, signed_bytes, message.signature);
}

Result<void> verify_cose_mac0(const CoseSign1& message, ByteView secret) {
  if (message.algorithm != kCoseHmac256)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the algorithm is {}, but HMAC 256/256 is demanded", message.algorithm));
  if (!crypto::equal_in_constant_time(crypto::hmac_sha256(secret, authenticated_bytes(message)),
                                      message.signature))
    return fail(ErrorCode::kVerificationFailed, "the MAC is not that of the secret");
  return {};
}

Result<crypto::PublicKey> read_cose_key(const CborItem& key) {
  const auto number = [&](int64_t label) {
    const CborItem* item = key.find(label);
    return item == nullptr ? std::nullopt : item->integer();
  };
  // Labels of RFC 9052, table 4, and RFC 9053, table 19; curves of its table 18.
  const auto curve = number(-1);
  const auto type = curve == 1   ? crypto::KeyType::kP256
                    : curve == 2 ? crypto::KeyType::kP384
                    : curve == 3 ? crypto::KeyType::kP521
                                 : crypto::KeyType::kOther;
  const CborItem *x = key.find(int64_t{-2}), *y = key.find(int64_t{-3});
  if (number(1) != 2 || type == crypto::KeyType::kOther || x == nullptr || y == nullptr ||
      x->type != CborType::kBytes || y->type != CborType::kBytes || x->string().size() != y->string().size())
    return malformed("the key is no EC2 key with both coordinates");
  Bytes point = to_bytes(x->string());
  point.insert(point.end(), y->string().begin(), y->string().end());
  return crypto::PublicKey::from_point(type, point);
}

}  // namespace strongroom::attest
