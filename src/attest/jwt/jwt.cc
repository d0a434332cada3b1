#include "attest/jwt/jwt.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"

namespace strongroom::attest::jwt {
namespace {

using crypto::HashAlgorithm;
using crypto::KeyType;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "JWT: " + std::move(why));
}

std::string_view trimmed(ByteView bytes) {
  std::string_view text = as_text(bytes);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<void> verify_with(const Jwt& token, const crypto::PublicKey& key) {
  const std::string& name = token.algorithm;
  const std::string_view family = std::string_view(name).substr(0, 2),
                         size = name.size() == 5 ? std::string_view(name).substr(2) : "";
  if (size != "256" && size != "384" && size != "512")
    return fail(ErrorCode::kVerificationFailed, fmt::format("algorithm \"{}\" is not allowed", name));
  const auto hash = size == "256"   ? HashAlgorithm::kSha256
                    : size == "384" ? HashAlgorithm::kSha384
                                    : HashAlgorithm::kSha512;
  if (family == "RS") return crypto::verify_rsa_pkcs1(key, hash, token.signed_bytes, token.signature);
  if (family == "PS") return crypto::verify_rsa_pss(key, hash, token.signed_bytes, token.signature);
  const auto curve = size == "256" ? KeyType::kP256 : size == "384" ? KeyType::kP384 : KeyType::kP521;
  if (family != "ES")
    return fail(ErrorCode::kVerificationFailed, fmt::format("algorithm \"{}\" is not allowed", name));
  if (key.type() != curve)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("algorithm {} wants another key than {}", name, to_string(key.type())));
  return crypto::verify_ecdsa(key, hash, token.signed_bytes, token.signature);
}

}  // namespace

bool looks_like_jwt(ByteView bytes) {
  const std::string_view text = trimmed(bytes);
  if (!text.starts_with("ey") || std::count(text.begin(), text.end(), '.') != 2) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
}

Result<Jwt> parse_jwt(ByteView bytes) {
  const std::string_view text = trimmed(bytes);
  const size_t first = text.find('.');
  const size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return malformed("not three parts");
  const Bytes header_bytes = TRY_IN("JWT: header", from_base64url(text.substr(0, first)));
  Jwt token;
  token.payload = TRY_IN("JWT: payload", from_base64url(text.substr(first + 1, second - first - 1)));
  token.signature = TRY_IN("JWT: signature", from_base64url(text.substr(second + 1)));
  token.signed_bytes = to_bytes(as_bytes(text.substr(0, second)));
  const nlohmann::json header = TRY_IN("JWT: header", parse_json(header_bytes));
  token.algorithm = TRY_IN("JWT: header", json_text(header, "alg"));
  token.key_id = json_text(header, "kid").value_or("");  // some services send null
  if (header.contains("crit") || header.contains("b64"))
    return malformed("critical headers are not understood");
  if (header.contains("enc")) return malformed("it is encrypted");
  token.carries_key =
      header.contains("jwk") || header.contains("x5c") || header.contains("jku") || header.contains("x5u");
  if (!TRY_IN("JWT: payload", parse_json(token.payload)).is_object())
    return malformed("the payload is no object");
  return token;
}

Result<void> verify_jwt(const Jwt& token, const std::vector<Jwk>& keys) {
  Error why{ErrorCode::kNotFound, token.key_id.empty()
                                      ? "no key to verify the token with is at hand"
                                      : fmt::format("no key with the id \"{}\" is at hand", token.key_id)};
  if (token.carries_key) why.message += "; the one that the token itself carries proves nothing";
  for (const Jwk& key : keys) {
    if (!token.key_id.empty() && !key.id.empty() && key.id != token.key_id) continue;
    if (!key.use.empty() && key.use != "sig") continue;
    const Result<void> outcome =
        key.algorithm.empty() || key.algorithm == token.algorithm
            ? verify_with(token, key.key)
            : fail(ErrorCode::kVerificationFailed,
                   fmt::format("the key is for {}, the token says {}", key.algorithm, token.algorithm));
    if (outcome) return {};
    why = outcome.error();
  }
  return tl::unexpected<Error>(why);
}

}  // namespace strongroom::attest::jwt
