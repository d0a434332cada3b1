#include "attest/arm/arm_token.h"

#include <fmt/format.h>

#include <algorithm>

namespace strongroom::attest::arm {
namespace {

// CBOR tags of the collections: draft-ffm-rats-cca-token, and the CMW collection that it became.
constexpr uint64_t kCcaCollection = 399, kCmwCollection = 907;
constexpr int64_t kPlatform = 44234, kRealm = 44241;
// EAT and PSA claims (RFC 9711; RFC 9783, table 1), and the realm's.
struct Labels {
  int64_t profile, lifecycle, implementation, components, nonce, instance;
};
constexpr Labels kLabels = {265, 2395, 2396, 2399, 10, 256};
// PSA_IOT_PROFILE_1; claim -75007 says that there are no measurements of components.
constexpr Labels kOldLabels = {-75000, -75002, -75003, -75006, -75008, -75009};
constexpr int64_t kOldNoComponents = -75007;
constexpr int64_t kNonce = 10, kConfiguration = 2401;
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

Result<std::vector<SoftwareComponent>> components(const CborItem& claims, int64_t label) {
  const CborItem* list = claims.find(label);
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

Result<PlatformToken> read_platform(CoseSign1 envelope) {
  PlatformToken token;
  token.envelope = std::move(envelope);
  const CborItem claims = TRY_IN("Arm token", parse_cbor(token.envelope.payload));
  const bool old = claims.find(kOldLabels.implementation) != nullptr;
  if (!old && token.envelope.algorithm == 0) return malformed("the protected header names no algorithm");
  const Labels& labels = old ? kOldLabels : kLabels;
  if (const CborItem* profile = claims.find(labels.profile); profile && profile->type != CborType::kText)
    return malformed("the profile is no text");
  token.profile = optional_text(claims, labels.profile);
  token.challenge = TRY(bytes_of(claims, labels.nonce, 32, 64));
  token.implementation_id = TRY(bytes_of(claims, labels.implementation, 32, 32));
  token.instance_id = TRY(bytes_of(claims, labels.instance, 33, 33));
  if (token.instance_id[0] != 1) return malformed("the instance id does not begin with 01");
  const CborItem* lifecycle = claims.find(labels.lifecycle);
  if (lifecycle == nullptr || lifecycle->type != CborType::kUnsigned || lifecycle->number > 0xffff)
    return malformed("the security lifecycle is missing or no number");
  token.lifecycle = lifecycle->number;
  if (claims.find(kConfiguration) != nullptr)
    token.configuration = TRY(bytes_of(claims, kConfiguration, 0, 1024));
  const CborItem* none = claims.find(kOldNoComponents);
  if (old && none != nullptr && none->type == CborType::kUnsigned && none->number == 1 &&
      claims.find(labels.components) == nullptr)
    return token;
  token.components = TRY(components(claims, labels.components));
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

constexpr uint8_t kTagMac0 = 0xd1, kTagSign1 = 0xd2;

bool begins(ByteView bytes, std::initializer_list<uint8_t> with) {
  return bytes.size() > with.size() && std::equal(with.begin(), with.end(), bytes.begin());
}

}  // namespace

bool looks_like_cca(ByteView bytes) {
  return begins(bytes, {0xd9, 0x01, 0x8f}) || begins(bytes, {0xd9, 0x03, 0x8b});
}

bool looks_like_psa(ByteView bytes) {
  if (!begins(bytes, {kTagSign1, 0x84}) && !begins(bytes, {kTagMac0, 0x84}) && !begins(bytes, {0x84, 0x43}) &&
      !begins(bytes, {0x84, 0x44}))
    return false;
  // The key of the implementation id, which every such token has: 2396, or -75003.
  constexpr std::array<uint8_t, 3> kKey = {0x19, 0x09, 0x5c};
  constexpr std::array<uint8_t, 5> kOldKey = {0x3a, 0x00, 0x01, 0x24, 0xfa};
  const ByteView head = bytes.first(std::min<size_t>(bytes.size(), 4096));
  return std::search(head.begin(), head.end(), kKey.begin(), kKey.end()) != head.end() ||
         std::search(head.begin(), head.end(), kOldKey.begin(), kOldKey.end()) != head.end();
}

Result<CcaToken> parse_cca(ByteView bytes) {
  const CborItem document = TRY_IN("Arm token", parse_cbor(bytes));
  if (document.type != CborType::kTag ||
      (document.number != kCcaCollection && document.number != kCmwCollection))
    return malformed("it is no collection of tokens");
  CcaToken token;
  token.platform = TRY(read_platform(TRY(parse_cose_sign1(TRY(member(document.items[0], kPlatform))))));
  token.realm = TRY(read_realm(TRY(member(document.items[0], kRealm))));
  return token;
}

Result<PlatformToken> parse_psa(ByteView bytes) {
  if (!begins(bytes, {kTagMac0})) return read_platform(TRY(parse_cose_sign1_of_key(bytes)));
  PlatformToken token = TRY(read_platform(TRY(parse_cose_mac0(bytes))));
  token.has_mac = true;
  return token;
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
