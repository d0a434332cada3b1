// Detached EATs, good and broken.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attest/testing/cases.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/signing_key.h"

namespace strongroom::attest::testing {
namespace {

using nlohmann::json;

std::string token(const json& payload, const crypto::SigningKey& key) {
  const std::string text =
      to_base64url(as_bytes(R"({"alg":"ES384"})")) + "." + to_base64url(as_bytes(payload.dump()));
  return text + "." + to_base64url(key.sign(as_bytes(text)).value());
}

TEST(DetachedEatCases, EachComesToItsVerdictByItsCheck) {
  const auto key = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  const auto other = crypto::SigningKey::generate(crypto::KeyType::kP384).value();
  Collateral collateral;
  ASSERT_TRUE(collateral.add(as_bytes(key.public_pem().value()), "key").has_value());
  VerificationOptions options;
  options.time = Time(std::chrono::seconds(1772323200));
  options.collateral = &collateral;
  const json times = {{"iat", 1772323000}, {"exp", 1772324000}};
  json gpu = times;
  gpu["ueid"] = "1";
  const std::string part = token(gpu, key);
  const auto first = [&](const std::string& digested, const char* algorithm = "SHA-256") {
    json payload = times;
    payload["submods"]["GPU-0"] = {"DIGEST", {algorithm, to_hex(crypto::sha256(as_bytes(digested)))}};
    return payload;
  };
  const auto bundle = [&](const json& overall, const json& parts, const crypto::SigningKey& signer) {
    return json::array({json::array({"JWT", token(overall, signer)}), parts});
  };
  const auto check = [&](const char* name, const json& evidence, const Expectation& wanted) {
    SCOPED_TRACE(name);
    expect(verify(as_bytes(evidence.dump()), options), wanted);
  };
  const json parts = {{"GPU-0", part}};
  check("good", bundle(first(part), parts, key), {kAccepted});
  check("first_token_of_another_key", bundle(first(part), parts, other), {kRefused, "token.signature"});
  check("part_of_another_key", bundle(first(token(gpu, other)), {{"GPU-0", token(gpu, other)}}, key),
        {kRefused});
  json changed = gpu;
  changed["ueid"] = "2";
  check("part_replaced_by_another_genuine_one", bundle(first(part), {{"GPU-0", token(changed, key)}}, key),
        {kRefused});
  check("digest_of_another_algorithm", bundle(first(part, "SHA-384"), parts, key), {kRefused});
  check("digest_of_an_unknown_algorithm", bundle(first(part, "MD5"), parts, key), {kRefused});
  check("part_that_the_first_does_not_name", bundle(first(part), {{"GPU-0", part}, {"GPU-1", part}}, key),
        {kRefused});
  check("part_held_back", bundle(first(part), json::object(), key),
        {kUndetermined, "submodules", Outcome::kMissing});
  check("no_submodules", bundle(times, parts, key), {kMalformed, "form"});
  check("part_that_is_no_text", bundle(first(part), {{"GPU-0", 1}}, key), {kMalformed, "form"});
  check("three_members", json::array({json::array({"JWT", part}), parts, parts}), {kMalformed, "form"});
  json old = gpu;
  old["exp"] = 1772323100;
  const std::string expired = token(old, key);
  check("part_expired", bundle(first(expired), {{"GPU-0", expired}}, key), {kRefused});
}

}  // namespace
}  // namespace strongroom::attest::testing
