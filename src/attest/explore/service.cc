#include "attest/explore/service.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "attest/command/input.h"
#include "attest/format.h"
#include "attest/json.h"
#include "attest/result_json.h"
#include "attest/rfc3339.h"
#include "attest/structure/structure.h"
#include "base/encoding.h"
#include "crypto/chain.h"

namespace strongroom::attest::explore {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Field>& fields) {
  Json out = Json::array();
  for (const Field& field : fields) {
    Json one = {{"name", field.name}, {"offset", field.offset}, {"size", field.size}, {"text", field.text}};
    if (!field.children.empty()) one["children"] = json_of(field.children);
    out.push_back(std::move(one));
  }
  return out;
}

// The line of "NAME:LINE: WHY", and WHY.
Json policy_error(const std::string& message) {
  const size_t first = message.find(':'), second = message.find(':', first + 1);
  size_t line = 0;
  if (first != std::string::npos && second != std::string::npos)
    line = std::strtoul(message.c_str() + first + 1, nullptr, 10);
  const std::string why = line == 0 ? message : message.substr(std::min(second + 2, message.size()));
  return {{"good", false}, {"line", line}, {"error", why}};
}

// Adds what the request holds to the options; what is wrong with one piece is said beside its name.
Result<Json> add_collateral(const nlohmann::json& request, Collateral& collateral,
                            VerificationOptions& options) {
  Json out = Json::array();
  if (!request.contains("collateral")) return out;
  const nlohmann::json& list = TRY(json_array(request, "collateral"));
  for (const nlohmann::json& piece : list) {
    const std::string name = TRY(json_text(piece, "name"));
    const Bytes content = TRY_IN(name, from_base64(TRY(json_text(piece, "content"))));
    Json told = {{"name", name}};
    const auto kinds = collateral.add(content, name);
    if (kinds) {
      told["kinds"] = Json::array();
      for (const CollateralKind kind : *kinds) told["kinds"].push_back(to_string(kind));
    } else {
      told["error"] = kinds.error().message;
    }
    if (piece.value("root", false))
      if (const auto added = add_roots(content, name, options); !added) told["error"] = added.error().message;
    out.push_back(std::move(told));
  }
  return out;
}

}  // namespace

Result<std::string> verify_request(std::string_view text) {
  const nlohmann::json request = TRY(parse_json(as_bytes(text)));
  if (!request.is_object()) return fail(ErrorCode::kMalformed, "the request is no object");
  VerificationOptions options;
  options.keep_chains = true;
  options.time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (const std::string time = TRY(json_text_or_empty(request, "time")); !time.empty())
    options.time = TRY_IN("time", parse_rfc3339(time));
  if (const std::string nonce = TRY(json_text_or_empty(request, "nonce")); !nonce.empty())
    options.nonce = TRY_IN("nonce", from_hex(nonce));

  Json answer = {{"time", crypto::time_text(options.time)}};
  Collateral collateral;
  answer["collateral"] = TRY(add_collateral(request, collateral, options));
  options.collateral = &collateral;

  std::optional<Policy> policy;
  answer["policy"] = nullptr;
  if (const std::string toml = TRY(json_text_or_empty(request, "policy")); !toml.empty()) {
    if (auto parsed = Policy::parse(toml, "policy")) {
      policy = std::move(*parsed);
      options.policy = &*policy;
      answer["policy"] = {
          {"good", true}, {"explanation", policy->explain()}, {"weaknesses", policy->weaknesses()}};
    } else {
      answer["policy"] = policy_error(parsed.error().message);
    }
  }
  const Bytes given = TRY_IN("evidence", from_base64(TRY(json_text_or_empty(request, "evidence"))));
  const Bytes evidence = plain_evidence(given);
  answer["evidence"] = to_base64(evidence);
  answer["result"] = result_json(verify(given, options));
  answer["structure"] = json_of(structure_of(evidence));
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> recognise_request(std::string_view text) {
  const nlohmann::json request = TRY(parse_json(as_bytes(text)));
  const std::string name = TRY(json_text(request, "name"));
  const Bytes content = TRY_IN(name, from_base64(TRY(json_text(request, "content"))));
  const auto answer = [](std::string_view kind, std::string_view about) {
    return Json({{"kind", kind}, {"about", about}}).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (name.ends_with(".toml")) return answer("policy", "policy");
  const EvidenceFormat* format = detect(plain_evidence(content));
  Collateral collateral;
  const auto kinds = collateral.add(content, name);
  // Tokens are evidence, key sets are not; a document of no known kind may be either.
  // So may a certificate: one that carries no evidence is for verifying some.
  const bool bare_certificate = format != nullptr && format->name == "x509-certificate";
  if (format != nullptr && !bare_certificate) return answer("evidence", format->about);
  if (!kinds) return answer("unknown", kinds.error().message);
  if (kinds->empty() || kinds->front() == CollateralKind::kDocument) return answer("unknown", "document");
  return answer("collateral", to_string(kinds->front()));
}

}  // namespace strongroom::attest::explore
