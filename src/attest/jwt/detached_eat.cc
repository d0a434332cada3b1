#include "attest/jwt/detached_eat.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "attest/jwt/jwt.h"
#include "attest/jwt/jwt_format.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::jwt {
namespace {

using nlohmann::json;

constexpr size_t kMaximumParts = 64;

struct Bundle {
  std::string token;
  std::vector<std::pair<std::string, std::string>> parts;  // name and token
  json digests;                                            // the submodules of the first token
};

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "detached EAT: " + std::move(why));
}

Result<Bundle> parse_bundle(ByteView bytes) {
  const json document = TRY_IN("detached EAT", parse_json(bytes));
  if (!document.is_array() || document.size() != 2 || !document[0].is_array() || document[0].size() != 2 ||
      document[0][0] != "JWT" || !document[0][1].is_string() || !document[1].is_object() ||
      document[1].size() > kMaximumParts)
    return malformed("it is not [[\"JWT\", token], {name: token}] with up to 64 names");
  Bundle bundle;
  bundle.token = document[0][1].get<std::string>();
  for (const auto& [name, value] : document[1].items()) {
    if (!value.is_string()) return malformed(fmt::format("the part {} is no token", name));
    bundle.parts.emplace_back(name, value.get<std::string>());
  }
  const Jwt token = TRY_IN("detached EAT", parse_jwt(as_bytes(bundle.token)));
  const json payload = TRY_IN("detached EAT", parse_json(token.payload));
  const auto submodules = payload.find("submods");
  if (submodules == payload.end() || !submodules->is_object())
    return malformed("the first token has no submodules");
  bundle.digests = *submodules;
  return bundle;
}

// ["DIGEST", ["SHA-256", hexadecimal]] of the token as it was sent.
Result<void> check_digest(const json& submodule, const std::string& token) {
  const bool known = submodule.is_array() && submodule.size() == 2 && submodule[0] == "DIGEST" &&
                     submodule[1].is_array() && submodule[1].size() == 2 && submodule[1][1].is_string();
  if (!known) return fail(ErrorCode::kVerificationFailed, "the submodule is no digest");
  const json& algorithm = submodule[1][0];
  const std::string hex = algorithm == "SHA-256"   ? to_hex(crypto::sha256(as_bytes(token)))
                          : algorithm == "SHA-384" ? to_hex(crypto::sha384(as_bytes(token)))
                          : algorithm == "SHA-512" ? to_hex(crypto::sha512(as_bytes(token)))
                                                   : "";
  if (hex.empty() || submodule[1][1] != hex)
    return fail(ErrorCode::kVerificationFailed, "the first token holds another digest of it");
  return {};
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto bundle = parse_bundle(bytes);
  if (!bundle) {
    assessment.malformed(bundle.error());
    return;
  }
  const ByteView token = as_bytes(bundle->token);
  if (options == nullptr) {
    kJwtFormat.decode(token, assessment);
    assessment.result.format = "detached-eat";
    return;
  }
  kJwtFormat.verify(token, *options, assessment);
  assessment.result.format = "detached-eat";
  for (const auto& [name, part] : bundle->parts) {
    Assessment layer;
    const auto submodule = bundle->digests.find(name);
    layer.judge(Concern::kAuthenticity, "token.digest",
                submodule == bundle->digests.end()
                    ? fail(ErrorCode::kVerificationFailed, "the first token does not name it")
                    : check_digest(*submodule, part),
                "the first token holds its digest");
    kJwtFormat.verify(as_bytes(part), *options, layer);
    layer.conclude();
    assessment.result.layers.push_back(std::move(layer.result));
  }
  for (const auto& [name, submodule] : bundle->digests.items()) {
    const bool sent = std::any_of(bundle->parts.begin(), bundle->parts.end(),
                                  [&, &wanted = name](const auto& part) { return part.first == wanted; });
    if (!sent)
      assessment.miss(Concern::kAuthenticity, "submodules", fmt::format("the part {} was not sent", name));
  }
}

bool recognises(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '[') return false;
  const size_t next = text.find_first_not_of(" \t\r\n", begin + 1);
  if (next == std::string_view::npos || text[next] != '[') return false;
  const size_t word = text.find_first_not_of(" \t\r\n", next + 1);
  return word != std::string_view::npos && text.substr(word).starts_with("\"JWT\"");
}

}  // namespace

constinit const EvidenceFormat kDetachedEatFormat = {"detached-eat",
                                                     "detached EATs of NVIDIA's attestation service",
                                                     recognises, decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::jwt
