#include "strongroom/attestation_result.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/claim_list.h"
#include "attest/cose.h"
#include "base/cbor_writer.h"
#include "base/encoding.h"
#include "crypto/signing_key.h"

namespace strongroom::attest {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kProfile = "tag:ietf.org,2026:rats/ear#04";

// Labels in CBOR: RFC 8392, section 4 (exp, iat); RFC 9711, section 4.2 (nonce, profile, submods); EAR,
// section 3.
constexpr int64_t kExpires = 4, kIssuedAt = 6, kNonce = 10, kEatProfile = 265, kSubmodules = 266;
constexpr int64_t kStatus = 1000, kVector = 1001, kPolicyIds = 1003, kVerifierId = 1004,
                  kAttesterClaims = 1005, kVerifierClaims = 1006;

Json value_json(const ClaimValue& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value)) return to_hex(*bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<uint64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return printable(*text);
  return std::get<std::vector<std::string>>(value);
}

Bytes texts_cbor(const std::vector<std::string>& texts) {
  std::vector<Bytes> items;
  for (const std::string& text : texts) items.push_back(cbor::text(printable(text)));
  return cbor::array(items);
}

Bytes value_cbor(const ClaimValue& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value)) return cbor::bytes(*bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return cbor::boolean(*flag);
  if (const auto* number = std::get_if<uint64_t>(&value)) return cbor::unsigned_number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return cbor::text(printable(*text));
  return texts_cbor(std::get<std::vector<std::string>>(value));
}

// One submodule: what both encodings are made of.
struct Submodule {
  std::string name;
  const VerificationResult& result;
  std::vector<std::pair<std::string, ClaimValue>> verifier_claims;
};

std::vector<std::string> checks_with(const VerificationResult& result, Outcome outcome) {
  std::vector<std::string> out;
  for (const Finding& finding : result.findings)
    if (finding.outcome == outcome) out.push_back(finding.check);
  return out;
}

void collect(const VerificationResult& result, const std::string& path,
             const AttestationResultOptions& options, std::vector<Submodule>& out) {
  const std::string tee = result.claims.tee.empty() ? "unknown" : result.claims.tee;
  Submodule submodule{printable(tee) + path, result, {}};
  auto& claims = submodule.verifier_claims;
  claims.emplace_back("strongroom_verdict", std::string(to_string(result.verdict)));
  claims.emplace_back("strongroom_format", result.format);
  claims.emplace_back("strongroom_judged_at",
                      static_cast<uint64_t>(options.judged.time_since_epoch().count()));
  claims.emplace_back("strongroom_tcb_status", result.tcb_status);
  claims.emplace_back("strongroom_advisories", result.advisories);
  claims.emplace_back("strongroom_failed", checks_with(result, Outcome::kFailed));
  claims.emplace_back("strongroom_missing", checks_with(result, Outcome::kMissing));
  if (path.empty())
    claims.emplace_back("strongroom_evidence_sha256",
                        Bytes(options.evidence_sha256.begin(), options.evidence_sha256.end()));
  out.push_back(std::move(submodule));
  for (size_t i = 0; i < result.layers.size(); ++i)
    collect(result.layers[i], fmt::format("{}/{}", path, i + 1), options, out);
}

struct VectorMember {
  int64_t label;
  const char* name;
  std::optional<int8_t> value;
};
std::array<VectorMember, 5> members_of(const TrustVector& vector) {
  return {{{0, "instance-identity", vector.instance_identity},
           {1, "configuration", vector.configuration},
           {2, "executables", vector.executables},
           {4, "hardware", vector.hardware},
           {5, "runtime-opaque", vector.runtime_opaque}}};
}

Json submodule_json(const Submodule& submodule, const std::string& policy_id) {
  Json vector = Json::object(), attester = Json::object(), verifier = Json::object();
  for (const VectorMember& member : members_of(trust_vector(submodule.result)))
    if (member.value) vector[member.name] = *member.value;
  Json out = {{"ear_status", to_string(trust_tier(submodule.result))},
              {"ear_trustworthiness_vector", vector}};
  if (!policy_id.empty()) out["ear_appraisal_policy_ids"] = Json::array({policy_id});
  if (submodule.result.authentic) {
    for (const auto& [name, value] : common_claims(submodule.result.claims))
      attester[name] = value_json(value);
    out["ear_attester_claims"] = std::move(attester);
  }
  for (const auto& [name, value] : submodule.verifier_claims) verifier[name] = value_json(value);
  out["ear_verifier_claims"] = std::move(verifier);
  return out;
}

Bytes submodule_cbor(const Submodule& submodule, const std::string& policy_id) {
  cbor::Map vector, out, attester, verifier;
  for (const VectorMember& member : members_of(trust_vector(submodule.result)))
    if (member.value) vector.set(member.label, cbor::number(*member.value));
  out.set(kStatus, cbor::number(static_cast<int64_t>(trust_tier(submodule.result))));
  out.set(kVector, vector.encode());
  if (!policy_id.empty()) out.set(kPolicyIds, texts_cbor({policy_id}));
  if (submodule.result.authentic) {
    for (const auto& [name, value] : common_claims(submodule.result.claims))
      attester.set(name, value_cbor(value));
    out.set(kAttesterClaims, attester.encode());
  }
  for (const auto& [name, value] : submodule.verifier_claims) verifier.set(name, value_cbor(value));
  out.set(kVerifierClaims, verifier.encode());
  return out.encode();
}

// RFC 9711, section 4.1: 8 to 64 bytes.
Result<void> check(const AttestationResultOptions& options) {
  if (options.nonce && (options.nonce->size() < 8 || options.nonce->size() > 64))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the nonce has {} bytes; in an attestation result it has 8 to 64",
                            options.nonce->size()));
  return {};
}

int64_t seconds(Time time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<std::string> sign_result_jwt(const VerificationResult& result, const AttestationResultOptions& options,
                                    std::string_view key_pem) {
  TRY(check(options));
  const crypto::SigningKey key = TRY(crypto::SigningKey::from_pem(key_pem));
  std::vector<Submodule> submodules;
  collect(result, "", options, submodules);
  Json claims = {{"eat_profile", kProfile},
                 {"iat", seconds(options.issued)},
                 {"exp", seconds(options.issued + options.lifetime)},
                 {"ear_verifier_id", {{"developer", options.developer}, {"build", options.build}}},
                 {"ear_status", to_string(trust_tier(result))}};
  // JSON has no bytes: base64url, as everywhere in EAT.
  if (options.nonce) claims["eat_nonce"] = to_base64url(*options.nonce);
  for (const Submodule& submodule : submodules)
    claims["submods"][submodule.name] = submodule_json(submodule, options.policy_id);
  const auto part = [](const Json& json) {
    return to_base64url(as_bytes(json.dump(-1, ' ', false, Json::error_handler_t::replace)));
  };
  std::string token =
      part({{"alg", crypto::jose_algorithm_of(key.type())}, {"typ", "eat+jwt"}}) + "." + part(claims);
  token += "." + to_base64url(TRY(key.sign(as_bytes(token))));
  return token;
}

Result<Bytes> sign_result_cwt(const VerificationResult& result, const AttestationResultOptions& options,
                              std::string_view key_pem) {
  TRY(check(options));
  const crypto::SigningKey key = TRY(crypto::SigningKey::from_pem(key_pem));
  std::vector<Submodule> submodules;
  collect(result, "", options, submodules);
  cbor::Map claims, modules;
  claims.set(kEatProfile, cbor::text(kProfile))
      .set(kIssuedAt, cbor::number(seconds(options.issued)))
      .set(kExpires, cbor::number(seconds(options.issued + options.lifetime)))
      .set(kVerifierId,
           cbor::Map().set(0, cbor::text(options.developer)).set(1, cbor::text(options.build)).encode())
      .set(kStatus, cbor::number(static_cast<int64_t>(trust_tier(result))));
  if (options.nonce) claims.set(kNonce, cbor::bytes(*options.nonce));
  for (const Submodule& submodule : submodules)
    modules.set(submodule.name, submodule_cbor(submodule, options.policy_id));
  claims.set(kSubmodules, modules.encode());
  return sign_cose_sign1(claims.encode(), key);
}

}  // namespace strongroom::attest
