#include "attest/result_json.h"

#include <nlohmann/json.hpp>

#include "attest/claim_list.h"
#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest {
namespace {

using Json = nlohmann::ordered_json;

Json json_value(const ClaimValue& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value)) return to_hex(*bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<uint64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::get<std::vector<std::string>>(value);
}

Json json_of(const CertificateChain& chain) {
  Json certificates = Json::array();
  for (const ChainCertificate& certificate : chain.certificates)
    certificates.push_back({{"subject", certificate.subject},
                            {"issuer", certificate.issuer},
                            {"from", crypto::time_text(certificate.valid_from)},
                            {"until", crypto::time_text(certificate.valid_until)},
                            {"key_sha256", to_hex(certificate.key_fingerprint)}});
  return {{"purpose", chain.purpose}, {"root", chain.root}, {"certificates", std::move(certificates)}};
}

}  // namespace

Json result_json(const VerificationResult& result) {
  Json claims = Json::object();
  for (const auto& [name, value] : common_claims(result.claims)) claims[name] = json_value(value);
  Json vendor = Json::object();
  for (const auto& [name, value] : result.claims.vendor) vendor[name] = json_value(value);
  claims["vendor"] = std::move(vendor);
  Json findings = Json::array();
  for (const Finding& finding : result.findings)
    findings.push_back({{"check", finding.check},
                        {"concern", to_string(finding.concern)},
                        {"outcome", to_string(finding.outcome)},
                        {"why", finding.why}});
  Json json = {{"format", result.format},         {"verdict", to_string(result.verdict)},
               {"authentic", result.authentic},   {"tcb_status", result.tcb_status},
               {"advisories", result.advisories}, {"claims", std::move(claims)},
               {"findings", std::move(findings)}};
  if (!result.chains.empty()) {
    json["chains"] = Json::array();
    for (const CertificateChain& chain : result.chains) json["chains"].push_back(json_of(chain));
  }
  if (!result.layers.empty()) {
    json["layers"] = Json::array();
    for (const VerificationResult& layer : result.layers) json["layers"].push_back(result_json(layer));
  }
  return json;
}

std::string result_json_text(const VerificationResult& result, int indent) {
  return result_json(result).dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace strongroom::attest
