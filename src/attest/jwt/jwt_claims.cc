#include "attest/jwt/jwt_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"

namespace strongroom::attest::jwt {
namespace {

using nlohmann::json;

constexpr std::string_view kUpToDate = "UpToDate";

ClaimValue value_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() &&
      std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); }))
    return value.get<std::vector<std::string>>();
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::optional<int64_t>> time(const json& payload, const char* key) {
  const auto found = payload.find(key);
  if (found == payload.end()) return std::optional<int64_t>{};
  // NumericDate may have a fraction (RFC 7519 section 2).
  if (!found->is_number()) return fail(ErrorCode::kMalformed, fmt::format("JWT: \"{}\" is no number", key));
  const auto seconds = found->get<double>();
  if (!(seconds >= 0 && seconds < 4e11))
    return fail(ErrorCode::kMalformed, fmt::format("JWT: \"{}\" is no time", key));
  return std::optional<int64_t>{static_cast<int64_t>(seconds)};
}

std::optional<Bytes> hex(const json& payload, const char* key) {
  const auto text = json_text(payload, key);
  if (!text) return std::nullopt;
  const auto bytes = from_hex(*text);
  return bytes ? std::optional<Bytes>(*bytes) : std::nullopt;
}

// Of several words the worst counts, and what is not plainly "no" is "yes".
void take(std::optional<bool>& field, const json& payload, const char* key) {
  if (const auto found = payload.find(key); found != payload.end())
    field = field.value_or(false) || !found->is_boolean() || found->get<bool>();
}
void take(std::optional<uint64_t>& field, const json& payload, const char* key) {
  if (const auto number = json_unsigned(payload, key, UINT64_MAX)) field = *number;
}
void take(std::optional<Bytes>& field, const json& payload, const char* key) {
  if (auto bytes = hex(payload, key)) field = std::move(*bytes);
}

// Microsoft Azure Attestation, "Claim sets"; for VMs the hardware's claims stand one level down.
void read_azure(const json& payload, Claims& claims) {
  if (const auto inner = payload.find("x-ms-isolation-tee"); inner != payload.end() && inner->is_object())
    read_azure(*inner, claims);
  const std::string type = json_text(payload, "x-ms-attestation-type").value_or("");
  if (type == "sgx") claims.tee = "sgx";
  if (type == "sevsnpvm") claims.tee = "sev-snp";
  if (type == "tdxvm") claims.tee = "tdx";
  take(claims.measurement, payload, "x-ms-sgx-mrenclave");
  take(claims.measurement, payload, "x-ms-sevsnpvm-launchmeasurement");
  take(claims.measurement, payload, "tdx_mrtd");
  take(claims.signer, payload, "x-ms-sgx-mrsigner");
  take(claims.signer, payload, "x-ms-sevsnpvm-idkeydigest");
  take(claims.product_id, payload, "x-ms-sgx-product-id");
  take(claims.svn, payload, "x-ms-sgx-svn");
  take(claims.svn, payload, "x-ms-sevsnpvm-guestsvn");
  take(claims.debug, payload, "x-ms-sgx-is-debuggable");
  take(claims.debug, payload, "x-ms-sevsnpvm-is-debuggable");
  take(claims.debug, payload, "tdx_td_attributes_debug");
  take(claims.report_data, payload, "x-ms-sgx-report-data");
  take(claims.report_data, payload, "x-ms-sevsnpvm-reportdata");
}

// Intel Trust Authority, "Attestation token"; composite ones have the claims of each TEE one level down.
bool is_of_intel(const json& object) {
  return object.is_object() && (object.contains("attester_tcb_status") || object.contains("attester_type"));
}
bool is_composite_of_intel(const json& payload) {
  return (payload.contains("sgx") && is_of_intel(payload["sgx"])) ||
         (payload.contains("tdx") && is_of_intel(payload["tdx"]));
}
void read_intel(const json& payload, Claims& claims, TokenFacts& facts) {
  for (const char* tee : {"sgx", "tdx"})
    if (const auto inner = payload.find(tee); inner != payload.end() && is_of_intel(*inner))
      read_intel(*inner, claims, facts);
  if (!is_of_intel(payload)) return;
  if (payload.contains("sgx_mrenclave")) claims.tee = "sgx";
  if (payload.contains("tdx_mrtd")) claims.tee = "tdx";
  take(claims.measurement, payload, "sgx_mrenclave");
  take(claims.measurement, payload, "tdx_mrtd");
  take(claims.signer, payload, "sgx_mrsigner");
  take(claims.product_id, payload, "sgx_isvprodid");
  take(claims.svn, payload, "sgx_isvsvn");
  take(claims.debug, payload, "sgx_is_debuggable");
  take(claims.debug, payload, "tdx_is_debuggable");
  take(claims.report_data, payload, "sgx_report_data");
  take(claims.report_data, payload, "tdx_report_data");
  // Of a composite token's TEEs the one that is behind counts.
  const std::string status = json_text(payload, "attester_tcb_status").value_or("none");
  if (facts.tcb_status.empty() || facts.tcb_status == kUpToDate) facts.tcb_status = status;
  if (const auto list = payload.find("attester_advisory_ids"); list != payload.end() && list->is_array())
    for (const json& id : *list)
      if (id.is_string()) facts.advisories.push_back(id.get<std::string>());
}

// draft-fv-rats-ear: submods, each with "ear.status"; draft-ietf-rats-ear-04: "ear_status", for the whole,
// too. The order of AR4SI's tiers. A status that is said twice must be said alike.
std::string ear_status(const json& object) {
  const auto old_name = json_text(object, "ear.status"), new_name = json_text(object, "ear_status");
  if (old_name && new_name && *old_name != *new_name) return "none";
  return old_name ? *old_name : new_name.value_or("none");
}

bool appraises(const json& payload) {
  const auto submods = payload.find("submods");
  return submods != payload.end() && submods->is_object() &&
         std::any_of(submods->begin(), submods->end(), [](const json& submod) {
           return submod.is_object() && (submod.contains("ear.status") || submod.contains("ear_status"));
         });
}

void read_ear(const json& payload, TokenFacts& facts) {
  facts.appraisal = "none";
  const auto submods = payload.find("submods");
  if (submods == payload.end() || !submods->is_object()) return;
  constexpr std::array<std::string_view, 4> kTiers = {"affirming", "warning", "none", "contraindicated"};
  size_t worst = 0;
  bool any = false;
  const auto take = [&](const std::string& status) {
    const auto tier = static_cast<size_t>(std::find(kTiers.begin(), kTiers.end(), status) - kTiers.begin());
    worst = std::max(worst, std::min(tier, kTiers.size() - 1));
  };
  for (const auto& [name, submod] : submods->items()) {
    take(submod.is_object() ? ear_status(submod) : "none");
    any = true;
  }
  if (payload.contains("ear_status")) take(ear_status(payload));
  if (any) facts.appraisal = kTiers[worst];
}

// NVIDIA's attestation service, claims of version 3, sections "Overall" and "Detached": each of its checks is
// a claim that is true, and its own example policies demand all of them.
void read_nvidia(const json& payload, TokenFacts& facts) {
  bool any = false;
  for (const auto& [name, value] : payload.items()) {
    if (!name.starts_with("x-nvidia-")) continue;
    any = true;
    if (value == false) facts.denials.push_back(name);
  }
  if (!any) return;
  if (payload.contains("measres") && payload["measres"] != "success") facts.denials.emplace_back("measres");
  if (payload.contains("secboot") && payload["secboot"] != true) facts.denials.emplace_back("secboot");
}

// What any service may say of what it has looked at: EAT's "dbgstat" (RFC 9711, section 4.2.9), where all but
// its words for "disabled" count as debugging; and the TCB status of Google's Confidential Space.
void read_common(const json& payload, Claims& claims, TokenFacts& facts) {
  if (payload.contains("dbgstat"))
    claims.debug =
        claims.debug.value_or(false) || !json_text(payload, "dbgstat").value_or("").starts_with("disabled");
  for (const char* tee : {"sgx", "tdx"}) {
    const auto inner = payload.find(tee);
    if (inner == payload.end() || !inner->is_object()) continue;
    if (const auto status = json_text(*inner, "gcp_attester_tcb_status")) facts.tcb_status = *status;
  }
}

}  // namespace

Result<TokenFacts> read_claims(ByteView text, std::string_view kind, Claims& claims) {
  const json payload = TRY(parse_json(text));
  TokenFacts facts;
  for (const auto& [name, value] : payload.items())
    claims.vendor[fmt::format("{}.{}", kind, name)] = value_of(value);
  facts.expires = TRY(time(payload, "exp"));
  facts.not_before = TRY(time(payload, "nbf"));
  facts.issued = TRY(time(payload, "iat"));
  for (const char* key : {"nonce", "eat_nonce"}) {
    const json& nonce = payload.value(key, json());
    for (const json& one : nonce.is_array() ? nonce : json::array({nonce}))
      if (one.is_string()) facts.nonces.push_back(one.get<std::string>());
  }
  const std::string profile = json_text(payload, "eat_profile").value_or("");
  if (payload.contains("x-ms-attestation-type") || payload.contains("x-ms-ver")) {
    facts.format = fmt::format("maa-{}", kind);
    read_azure(payload, claims);
  } else if (is_of_intel(payload) || is_composite_of_intel(payload)) {
    facts.format = fmt::format("ita-{}", kind);
  } else if (profile.find("/ear") != std::string::npos || payload.contains("ear.verifier-id") ||
             payload.contains("ear_verifier_id") || appraises(payload)) {
    facts.format = fmt::format("ear-{}", kind);
  } else {
    facts.format = kind;
  }
  // Whatever the token calls itself, no refusal in it is passed over.
  read_intel(payload, claims, facts);
  if (facts.format.starts_with("ear-") || appraises(payload)) read_ear(payload, facts);
  read_nvidia(payload, facts);
  read_common(payload, claims, facts);
  if (claims.tee.empty()) claims.tee = "token";
  return facts;
}

}  // namespace strongroom::attest::jwt
