#include "attest/command/output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

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

// The common claims that are there, in their order.
std::vector<std::pair<std::string, ClaimValue>> common_claims(const Claims& claims) {
  std::vector<std::pair<std::string, ClaimValue>> out;
  const auto add = [&](const char* name, const auto& value) {
    if (value) out.emplace_back(name, *value);
  };
  if (!claims.tee.empty()) out.emplace_back("tee", claims.tee);
  add("measurement", claims.measurement);
  add("signer", claims.signer);
  add("product_id", claims.product_id);
  add("svn", claims.svn);
  add("debug", claims.debug);
  add("report_data", claims.report_data);
  add("nonce", claims.nonce);
  add("hardware_id", claims.hardware_id);
  if (!claims.root.empty()) out.emplace_back("root", claims.root);
  return out;
}

Json json_of(const VerificationResult& result) {
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
  if (!result.layers.empty()) {
    json["layers"] = Json::array();
    for (const VerificationResult& layer : result.layers) json["layers"].push_back(json_of(layer));
  }
  return json;
}

std::string shown(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::string text_of(const ClaimValue& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->empty() ? "-" : to_hex(*bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* number = std::get_if<uint64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&value)) return shown(*text);
  return shown(fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ", ")));
}

void write_lines(const VerificationResult& result, const std::string& indent, std::ostream& out) {
  const auto line = [&](std::string_view left, std::string_view right) {
    out << indent << fmt::format("  {:<30} {}\n", left, right);
  };
  out << indent
      << fmt::format("{}: {}{}\n", result.format.empty() ? "unknown format" : result.format,
                     to_string(result.verdict), result.authentic ? ", authentic" : ", not authentic");
  if (!result.tcb_status.empty()) line("TCB status", result.tcb_status);
  if (!result.advisories.empty())
    line("open advisories", fmt::format("{}", fmt::join(result.advisories, " ")));
  out << indent << "claims\n";
  for (const auto& [name, value] : common_claims(result.claims)) line(name, text_of(value));
  for (const auto& [name, value] : result.claims.vendor) line(name, text_of(value));
  out << indent << "checks\n";
  for (const Finding& finding : result.findings)
    out << indent
        << fmt::format("  {:<14} {:<24} {}\n", to_string(finding.outcome), finding.check, shown(finding.why));
  for (const VerificationResult& layer : result.layers) write_lines(layer, indent + "    ", out);
}

}  // namespace

void write_json(const VerificationResult& result, std::ostream& out) {
  out << json_of(result).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

void write_table(const VerificationResult& result, std::ostream& out) {
  write_lines(result, "", out);
}

}  // namespace strongroom::attest
