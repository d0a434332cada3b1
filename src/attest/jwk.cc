#include "attest/jwk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

Result<Bytes> base64url(const nlohmann::json& object, std::string_view key) {
  const std::string text = TRY(json_text(object, key));
  return TRY_IN(fmt::format("JWK: \"{}\"", key), from_base64url(text));
}

Result<crypto::PublicKey> rsa_key(const nlohmann::json& object) {
  const Bytes modulus = TRY(base64url(object, "n"));
  const Bytes exponent = TRY(base64url(object, "e"));
  return crypto::PublicKey::from_rsa(modulus, exponent);
}

Result<crypto::PublicKey> curve_key(const nlohmann::json& object) {
  const std::string curve = TRY(json_text(object, "crv"));
  const auto type = curve == "P-256"   ? crypto::KeyType::kP256
                    : curve == "P-384" ? crypto::KeyType::kP384
                    : curve == "P-521" ? crypto::KeyType::kP521
                                       : crypto::KeyType::kOther;
  Bytes point = TRY(base64url(object, "x"));
  const Bytes y = TRY(base64url(object, "y"));
  if (point.size() != y.size()) return fail(ErrorCode::kMalformed, "JWK: x and y differ in length");
  point.insert(point.end(), y.begin(), y.end());
  return crypto::PublicKey::from_point(type, point);
}

Result<crypto::PublicKey> certificate_key(const nlohmann::json& object) {
  const nlohmann::json& chain = TRY(json_array(object, "x5c"));
  if (chain.empty() || !chain[0].is_string())
    return fail(ErrorCode::kMalformed, "JWK: x5c holds no certificate");
  const Bytes der = TRY_IN("JWK: x5c", from_base64(chain[0].get<std::string>()));
  return TRY(crypto::Certificate::from_der(der)).key();
}

std::string optional_text(const nlohmann::json& object, std::string_view key) {
  return json_text(object, key).value_or("");
}

}  // namespace

Result<Jwk> parse_jwk(const nlohmann::json& object) {
  const std::string type = TRY(json_text(object, "kty"));
  if (object.contains("d") || object.contains("k")) return fail(ErrorCode::kMalformed, "JWK: a private key");
  const bool bare = type == "RSA" ? object.contains("n") : object.contains("crv");
  if (type != "RSA" && type != "EC")
    return fail(ErrorCode::kUnsupported, fmt::format("JWK: type {} is not used here", type));
  crypto::PublicKey key = TRY(!bare           ? certificate_key(object)
                              : type == "RSA" ? rsa_key(object)
                                              : curve_key(object));
  return Jwk{optional_text(object, "kid"), optional_text(object, "alg"), optional_text(object, "use"),
             std::move(key)};
}

Result<std::vector<Bytes>> parse_shared_secrets(ByteView text) {
  const nlohmann::json document = TRY(parse_json(text));
  std::vector<Bytes> secrets;
  const auto take = [&](const nlohmann::json& object) -> Result<void> {
    if (json_text(object, "kty").value_or("") != "oct") return {};
    Bytes secret = TRY(base64url(object, "k"));
    if (secret.size() < 16) return fail(ErrorCode::kMalformed, "JWK: a secret of less than 16 bytes");
    secrets.push_back(std::move(secret));
    return {};
  };
  if (!document.is_object()) return fail(ErrorCode::kMalformed, "JWK set: an object was expected");
  if (!document.contains("keys")) {
    TRY(take(document));
    return secrets;
  }
  const nlohmann::json& list = TRY(json_array(document, "keys"));
  for (const nlohmann::json& object : list) TRY(take(object));
  return secrets;
}

Result<std::vector<Jwk>> parse_jwks(ByteView text) {
  const nlohmann::json document = TRY(parse_json(text));
  std::vector<Jwk> keys;
  if (!document.is_object()) return fail(ErrorCode::kMalformed, "JWK set: an object was expected");
  if (!document.contains("keys")) {
    keys.push_back(TRY(parse_jwk(document)));
    return keys;
  }
  const nlohmann::json& list = TRY(json_array(document, "keys"));
  if (list.size() > 256) return fail(ErrorCode::kMalformed, "JWK set: more than 256 keys");
  for (const nlohmann::json& object : list)
    if (auto key = parse_jwk(object)) keys.push_back(std::move(*key));
  return keys;
}

}  // namespace strongroom::attest
