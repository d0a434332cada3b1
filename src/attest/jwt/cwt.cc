#include "attest/jwt/cwt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace strongroom::attest::jwt {
namespace {

using nlohmann::json;

constexpr int64_t kSubmodules = 266, kStatus = 1000;
// Below the claims themselves smaller labels are of other registries.
constexpr int64_t kFirstOfEar = 1000;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "CWT: " + std::move(why));
}

// RFC 8392, table 1; RFC 9711, section 10.2; draft-ietf-rats-ear-04, section 3.
constexpr std::array<std::pair<int64_t, std::string_view>, 13> kNames = {
    {{1, "iss"},
     {4, "exp"},
     {5, "nbf"},
     {6, "iat"},
     {10, "eat_nonce"},
     {265, "eat_profile"},
     {kSubmodules, "submods"},
     {kStatus, "ear_status"},
     {1001, "ear_trustworthiness_vector"},
     {1003, "ear_appraisal_policy_ids"},
     {1004, "ear_verifier_id"},
     {1005, "ear_attester_claims"},
     {1006, "ear_verifier_claims"}}};

// AR4SI's tiers (draft-ietf-rats-ar4si-10, section 3.2) by the words of JSON.
json status_of(const json& number) {
  if (number == 0) return "none";
  if (number == 2) return "affirming";
  if (number == 32) return "warning";
  if (number == 96) return "contraindicated";
  return "unknown";
}

std::string name_of(int64_t label, bool outermost) {
  if (!outermost && label < kFirstOfEar) return std::to_string(label);
  const auto* const known =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& one) { return one.first == label; });
  return known == kNames.end() ? std::to_string(label) : std::string(known->second);
}

Result<json> to_json(const CborItem& item);

Result<json> object_of(const CborItem& map, bool outermost) {
  json out = json::object();
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    const CborItem& key = map.items[i];
    const auto label = key.integer();
    if (key.type != CborType::kText && !label) return malformed("a label is neither text nor a number");
    const std::string name = label ? name_of(*label, outermost) : std::string(as_text(key.string()));
    json value = TRY(to_json(map.items[i + 1]));
    if (label == kStatus) value = status_of(value);
    if (!out.emplace(name, std::move(value)).second)
      return malformed(fmt::format("\"{}\" stands there twice", name));
  }
  return out;
}

Result<json> to_json(const CborItem& item) {
  switch (item.type) {
    case CborType::kUnsigned:
      return json(item.number);
    case CborType::kNegative:
      if (const auto number = item.integer()) return json(*number);
      return malformed("a number is too small");
    case CborType::kBytes:
      return json(to_base64url(item.string()));
    case CborType::kText:
      return json(as_text(item.string()));
    case CborType::kArray: {
      json out = json::array();
      for (const CborItem& one : item.items) out.push_back(TRY(to_json(one)));
      return out;
    }
    case CborType::kMap:
      return object_of(item, false);
    case CborType::kTag:
      return to_json(item.items.front());
    case CborType::kSimple:
      if (item.number == 20 || item.number == 21) return json(item.number == 21);
      return json();
    case CborType::kFloat:
      return malformed("numbers with a fraction are not read");
  }
  return malformed("an item is of an unknown type");
}

ByteView without_cwt_tag(ByteView bytes) {
  return bytes.size() > 2 && bytes[0] == 0xd8 && bytes[1] == 61 ? bytes.subspan(2) : bytes;
}

}  // namespace

bool looks_like_ear_cwt(ByteView bytes) {
  const ByteView message = without_cwt_tag(bytes);
  if (message.size() < 4 || message[0] != 0xd2) return false;
  const auto envelope = parse_cose_sign1(message);
  if (!envelope) return false;
  const auto claims = parse_cbor(envelope->payload);
  const CborItem* submodules = claims ? claims->find(kSubmodules) : nullptr;
  return submodules != nullptr && submodules->type == CborType::kMap &&
         std::any_of(submodules->items.begin(), submodules->items.end(),
                     [](const CborItem& item) { return item.find(kStatus) != nullptr; });
}

Result<Cwt> parse_ear_cwt(ByteView bytes) {
  Cwt out;
  out.envelope = TRY(parse_cose_sign1(without_cwt_tag(bytes)));
  const CborItem claims = TRY_IN("CWT", parse_cbor(out.envelope.payload));
  if (claims.type != CborType::kMap) return malformed("its payload is no map");
  const json object = TRY(object_of(claims, true));
  out.payload = to_bytes(as_bytes(object.dump(-1, ' ', false, json::error_handler_t::replace)));
  return out;
}

}  // namespace strongroom::attest::jwt
