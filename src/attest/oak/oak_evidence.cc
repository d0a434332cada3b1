#include "attest/oak/oak_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/protobuf.h"

namespace strongroom::attest::oak {
namespace {

constexpr size_t kMaximumLayers = 32;
// Fields of Evidence, of RootLayerEvidence, and of LayerEvidence and ApplicationKeys.
constexpr uint32_t kRootLayer = 1, kLayers = 2, kApplicationKeys = 3, kEventLog = 4;
constexpr uint32_t kPlatform = 1, kReport = 2, kRootKey = 3;
constexpr uint32_t kCertificate = 1, kEncodedEvents = 2;
// CWT claims: RFC 8392, table 1, and Oak's own.
constexpr int64_t kIssuer = 1, kSubject = 2, kSubjectKey = -4670552, kSubjectKeySet = -4670574,
                  kLayerEvent = -4670573, kSha256 = -4670572;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Oak evidence: " + std::move(why));
}

Result<LayerCertificate> read_certificate(ByteView bytes) {
  LayerCertificate out;
  out.envelope = TRY(parse_cose_sign1(bytes));
  const CborItem claims = TRY_IN("Oak certificate", parse_cbor(out.envelope.payload));
  const CborItem *issuer = claims.find(kIssuer), *subject = claims.find(kSubject);
  if (issuer == nullptr || issuer->type != CborType::kText) return malformed("a certificate names no issuer");
  out.issuer = std::string(as_text(issuer->string()));
  if (subject != nullptr && subject->type == CborType::kText)
    out.subject = std::string(as_text(subject->string()));
  for (const int64_t label : {kSubjectKey, kSubjectKeySet})
    if (const CborItem* key = claims.find(label); key && key->type == CborType::kBytes && out.key.empty())
      out.key = to_bytes(key->string());
  // Older evidence has other things, and no map, under this label.
  const CborItem* event = claims.find(kLayerEvent);
  const CborItem* digest = event == nullptr ? nullptr : event->find(kSha256);
  if (digest == nullptr) return out;
  if (digest->type != CborType::kBytes || digest->string().size() != 32)
    return malformed("the digest of an event has not 32 bytes");
  out.event_digest = to_bytes(digest->string());
  return out;
}

Result<void> read_root(ByteView message, OakEvidence& evidence) {
  for (const ProtobufField& field : TRY_IN("Oak root layer", parse_protobuf(message))) {
    if (field.number == kReport && field.delimited) evidence.report = to_bytes(field.bytes);
    if (field.number == kRootKey && field.delimited) evidence.root_key = to_bytes(field.bytes);
  }
  if (evidence.report.empty() || evidence.root_key.empty())
    return malformed("the root layer has no report or no key");
  return {};
}

Result<void> read_layer(ByteView message, OakEvidence& evidence) {
  if (evidence.layers.size() == kMaximumLayers) return malformed("more than 32 layers");
  const size_t before = evidence.layers.size();
  for (const ProtobufField& field : TRY_IN("Oak layer", parse_protobuf(message)))
    if (field.number == kCertificate && field.delimited && evidence.layers.size() == before)
      evidence.layers.push_back(TRY(read_certificate(field.bytes)));
  if (evidence.layers.size() == before) return malformed("a layer has no certificate");
  return {};
}

Result<void> read_application_keys(ByteView message, OakEvidence& evidence) {
  for (const ProtobufField& field : TRY_IN("Oak application keys", parse_protobuf(message))) {
    if (!field.delimited || field.bytes.empty()) continue;
    if (evidence.application_keys.size() == kMaximumLayers) return malformed("more than 32 keys");
    evidence.application_keys.push_back(TRY(read_certificate(field.bytes)));
  }
  return {};
}

Result<void> read_events(ByteView message, OakEvidence& evidence) {
  for (const ProtobufField& field : TRY_IN("Oak event log", parse_protobuf(message))) {
    if (field.number != kEncodedEvents || !field.delimited) continue;
    if (evidence.events.size() == kMaximumLayers) return malformed("more than 32 events");
    evidence.events.push_back(to_bytes(field.bytes));
  }
  return {};
}

}  // namespace

bool looks_like_oak(ByteView bytes) {
  if (bytes.size() < 64 || bytes[0] != (kRootLayer << 3 | 2)) return false;
  const auto message = parse_protobuf(bytes);
  if (!message || !message->front().delimited) return false;
  const auto root = parse_protobuf(message->front().bytes);
  if (!root || root->size() != 3) return false;
  const ProtobufField &platform = (*root)[0], &report = (*root)[1], &key = (*root)[2];
  return platform.number == kPlatform && !platform.delimited && report.number == kReport &&
         report.delimited && report.bytes.size() >= 512 && key.number == kRootKey && key.delimited &&
         key.bytes.size() <= 512;
}

Result<OakEvidence> parse_oak(ByteView bytes) {
  OakEvidence evidence;
  bool rooted = false;
  for (const ProtobufField& field : TRY_IN("Oak evidence", parse_protobuf(bytes))) {
    if (!field.delimited) continue;
    if (field.number == kRootLayer) {
      if (rooted) return malformed("two root layers");
      rooted = true;
      TRY(read_root(field.bytes, evidence));
    } else if (field.number == kLayers) {
      TRY(read_layer(field.bytes, evidence));
    } else if (field.number == kApplicationKeys) {
      TRY(read_application_keys(field.bytes, evidence));
    } else if (field.number == kEventLog) {
      TRY(read_events(field.bytes, evidence));
    }
  }
  if (!rooted) return malformed("no root layer");
  return evidence;
}

}  // namespace strongroom::attest::oak
