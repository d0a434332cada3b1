#include "attest/arm/arm_token.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::arm {
namespace {

// CBOR tags of the collections: draft-ffm-rats-cca-token, and the CMW collection that it became.
constexpr uint64_t kCcaCollection = 399, kCmwCollection = 907;
constexpr int64_t kPlatform = 44234, kRealm = 44241;
// EAT and PSA claims (RFC 9711; RFC 9783, table 1), and the realm's.
constexpr int64_t kNonce = 10, kInstance = 256, kProfile = 265, kLifecycle = 2395, kImplementation = 2396,
                  kComponents = 2399, kConfiguration = 2401;
constexpr int64_t kRealmPersonalization = 44235, kRealmHash = 44236, kRealmKey = 44237, kRealmInitial = 44238,
                  kRealmExtensible = 44239, kRealmKeyHash = 44240;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Arm token: " + std::move(why));
}

Result<Bytes> bytes_of(const CborItem& map, int64_t key, size_t least, size_t most) {
  const CborItem* item = map.find(key);
  if (item == nullptr) return malformed(fmt::format("claim {} is missing", key));
  if (item->type != CborType::kBytes || item->string().size() < least || item->string().size() > most)
    return malformed(fmt::format("claim {} is no byte string of {} to {} bytes", key, least, most));
  return to_bytes(item->string());
}

Result<std::string> text_of(const CborItem& map, int64_t key) {
  const CborItem* item = map.find(key);
  if (item == nullptr || item->type != CborType::kText)
    return malformed(fmt::format("claim {} is missing or no text", key));
  return std::string(as_text(item->string()));
}

std::string optional_text(const CborItem& map, int64_t key) {
  const CborItem* item = map.find(key);
  return item != nullptr && item->type == CborType::kText ? std::string(as_text(item->string()))
                                                          : std::string();
}

Result<std::vector<SoftwareComponent>> components(const CborItem& claims) {
  const CborItem* list = claims.find(kComponents);
  if (list == nullptr || list->type != CborType::kArray || list->items.empty())
    return malformed("software components are missing");
  std::vector<SoftwareComponent> out;
  for (const CborItem& item : list->items) {
    // RFC 9783, table 2: 1 type, 2 measurement, 4 version, 5 signer.
    SoftwareComponent component;
    component.type = optional_text(item, 1);
    component.version = optional_text(item, 4);
    component.measurement = TRY(bytes_of(item, 2, 32, 64));
    component.signer = TRY(bytes_of(item, 5, 32, 64));
    out.push_back(std::move(component));
  }
  return out;
}

Result<PlatformToken> read_platform(ByteView bytes) {
  PlatformToken token;
  token.envelope = TRY(parse_cose_sign1(bytes));
  const CborItem claims = TRY_IN("Arm token", parse_cbor(token.envelope.payload));
  token.profile = optional_text(claims, kProfile);
  token.challenge = TRY(bytes_of(claims, kNonce, 32, 64));
  token.implementation_id = TRY(bytes_of(claims, kImplementation, 32, 32));
  token.instance_id = TRY(bytes_of(claims, kInstance, 33, 33));
  if (token.instance_id[0] != 1) return malformed("the instance id does not begin with 01");
  const CborItem* lifecycle = claims.find(kLifecycle);
  if (lifecycle == nullptr || lifecycle->type != CborType::kUnsigned || lifecycle->number > 0xffff)
    return malformed("the security lifecycle is missing or no number");
  token.lifecycle = lifecycle->number;
  if (claims.find(kConfiguration) != nullptr)
    token.configuration = TRY(bytes_of(claims, kConfiguration, 0, 1024));
  token.components = TRY(components(claims));
  return token;
}

Result<RealmToken> read_realm(ByteView bytes) {
  RealmToken token;
  token.envelope = TRY(parse_cose_sign1(bytes));
  const CborItem claims = TRY_IN("Arm token", parse_cbor(token.envelope.payload));
  token.challenge = TRY(bytes_of(claims, kNonce, 64, 64));
  token.personalization = TRY(bytes_of(claims, kRealmPersonalization, 64, 64));
  token.initial_measurement = TRY(bytes_of(claims, kRealmInitial, 32, 64));
  token.hash_algorithm = TRY(text_of(claims, kRealmHash));
  token.public_key = TRY(bytes_of(claims, kRealmKey, 65, 256));
  token.public_key_hash_algorithm = TRY(text_of(claims, kRealmKeyHash));
  const CborItem* list = claims.find(kRealmExtensible);
  if (list == nullptr || list->type != CborType::kArray || list->items.size() != 4)
    return malformed("there are not four extensible measurements");
  for (const CborItem& item : list->items) {
    if (item.type != CborType::kBytes || item.string().size() < 32 || item.string().size() > 64)
      return malformed("an extensible measurement has another form");
    token.extensible_measurements.push_back(to_bytes(item.string()));
  }
  return token;
}

// A token of the collection: bytes, or [content type, bytes].
Result<ByteView> member(const CborItem& collection, int64_t key) {
  const CborItem* item = collection.find(key);
  if (item != nullptr && item->type == CborType::kArray && item->items.size() >= 2) item = &item->items[1];
  if (item == nullptr || item->type != CborType::kBytes)
    return malformed(fmt::format("token {} is missing", key));
  return item->string();
}

bool begins(ByteView bytes, std::initializer_list<uint8_t> with) {
  return bytes.size() > with.size() && std::equal(with.begin(), with.end(), bytes.begin());
}

}  // namespace

bool looks_like_cca(ByteView bytes) {
  return begins(bytes, {0xd9, 0x01, 0x8f}) || begins(bytes, {0xd9, 0x03, 0x8b});
}

bool looks_like_psa(ByteView bytes) {
  if (!begins(bytes, {0xd2, 0x84}) && !begins(bytes, {0x84, 0x43}) && !begins(bytes, {0x84, 0x44}))
    return false;
  // The key of the implementation id, which every such token has.
  constexpr std::array<uint8_t, 3> kKey = {0x19, 0x09, 0x5c};
  const ByteView head = bytes.first(std::min<size_t>(bytes.size(), 4096));
  return std::search(head.begin(), head.end(), kKey.begin(), kKey.end()) != head.end();
}

Result<CcaToken> parse_cca(ByteView bytes) {
  const CborItem document = TRY_IN("Arm token", parse_cbor(bytes));
  if (document.type != CborType::kTag ||
      (document.number != kCcaCollection && document.number != kCmwCollection))
    return malformed("it is no collection of tokens");
  CcaToken token;
  token.platform = TRY(read_platform(TRY(member(document.items[0], kPlatform))));
  token.realm = TRY(read_realm(TRY(member(document.items[0], kRealm))));
  return token;
}

Result<PlatformToken> parse_psa(ByteView bytes) {
  return read_platform(bytes);
}

Result<crypto::PublicKey> realm_key(const RealmToken& realm) {
  const ByteView key = realm.public_key;
  if (key[0] != 0x04) return read_cose_key(TRY_IN("realm key", parse_cbor(key)));
  const ByteView point = key.subspan(1);
  const auto type = point.size() == 64    ? crypto::KeyType::kP256
                    : point.size() == 96  ? crypto::KeyType::kP384
                    : point.size() == 132 ? crypto::KeyType::kP521
                                          : crypto::KeyType::kOther;
  return crypto::PublicKey::from_point(type, point);
}

}  // namespace strongroom::attest::arm
