#include "attest/jwt/jwt_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/jwt/jwt_claims.h"
#include "base/encoding.h"

namespace strongroom::attest::jwt {
namespace {

struct Token {
  Jwt jwt;
  TokenFacts facts;
};

std::optional<Token> read(ByteView bytes, Assessment& assessment) {
  auto token = parse_jwt(bytes);
  if (!token) {
    assessment.malformed(token.error());
    return std::nullopt;
  }
  auto facts = read_claims(*token, assessment.result.claims);
  if (!facts) {
    assessment.malformed(facts.error());
    return std::nullopt;
  }
  assessment.result.format = facts->format;
  assessment.result.tcb_status = facts->tcb_status;
  assessment.advise(facts->advisories);
  assessment.pass(Concern::kForm, "form", "the token is a compact JWS with a JSON object inside");
  return Token{std::move(*token), std::move(*facts)};
}

void decode(ByteView bytes, Assessment& assessment) {
  read(bytes, assessment);
}

// The keys that the caller gave: issuers of tokens have no pinned root.
std::vector<Jwk> keys_of(const CollateralContents& collateral) {
  std::vector<Jwk> keys = collateral.json_web_keys;
  for (const crypto::PublicKey& key : collateral.public_keys) keys.push_back({"", "", "", key});
  return keys;
}

void judge_time(const TokenFacts& facts, Time now, Assessment& assessment) {
  const int64_t time = now.time_since_epoch().count();
  const auto text = [](int64_t seconds) { return crypto::time_text(Time(std::chrono::seconds(seconds))); };
  if (facts.expires && time >= *facts.expires) {
    assessment.fail(Concern::kAuthenticity, "token.validity", "the token expired at " + text(*facts.expires));
  } else if (facts.not_before && time < *facts.not_before) {
    assessment.fail(Concern::kAuthenticity, "token.validity",
                    "the token is valid only from " + text(*facts.not_before));
  } else if (facts.issued && time < *facts.issued) {
    assessment.fail(Concern::kAuthenticity, "token.validity",
                    "the token was issued only at " + text(*facts.issued));
  } else if (!facts.expires) {
    assessment.warn(Concern::kFreshness, "token.validity", "the token never expires");
  } else {
    assessment.pass(Concern::kAuthenticity, "token.validity",
                    "the token is valid until " + text(*facts.expires));
  }
}

// Services put the nonce into the token as it is, in base64 of either alphabet, or in hexadecimal.
void judge_nonce(const TokenFacts& facts, const VerificationOptions& options, Assessment& assessment) {
  if (!options.nonce) {
    assessment.skip(Concern::kFreshness, "nonce", "no nonce was asked for: the evidence may be a replay");
    return;
  }
  const Bytes& nonce = *options.nonce;
  const bool bound =
      !nonce.empty() && std::any_of(facts.nonces.begin(), facts.nonces.end(), [&](const std::string& text) {
        return equal(as_bytes(text), nonce) || text == to_base64(nonce) || text == to_base64url(nonce) ||
               text == to_hex(nonce);
      });
  assessment.expect(bound, Concern::kFreshness, "nonce", "the token holds the nonce",
                    "the token does not hold the nonce");
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto token = read(bytes, assessment);
  if (!token) return;
  if (assessment.judge(Concern::kAuthenticity, "token.signature",
                       verify_jwt(token->jwt, keys_of(collateral_of(options))),
                       "a key of the collateral signed the token"))
    assessment.result.claims.root = "given-keys";
  judge_time(token->facts, options.time, assessment);
  judge_nonce(token->facts, options, assessment);
  const Claims& claims = assessment.result.claims;
  if (claims.debug)
    assessment.expect(!*claims.debug, Concern::kGuard, "debug", "debugging is off, says the service",
                      "debugging is on, says the service");
  const std::string& status = token->facts.tcb_status;
  if (!status.empty())
    assessment.expect(status == "UpToDate", Concern::kTcb, "tcb.status",
                      "the TCB is up to date, says the service",
                      fmt::format("the TCB is {}, says the service; a policy may allow it", status));
  if (!token->facts.appraisal.empty())
    assessment.expect(token->facts.appraisal == "affirming", Concern::kTcb, "token.appraisal",
                      "the service affirms every part",
                      fmt::format("the service's worst word is \"{}\"", token->facts.appraisal));
  if (!token->facts.denials.empty())
    assessment.fail(
        Concern::kTcb, "token.denials",
        fmt::format("the service says that this did not hold: {}", fmt::join(token->facts.denials, ", ")));
}

}  // namespace

constinit const EvidenceFormat kJwtFormat = {
    "jwt", "Tokens (JWT) of Azure Attestation, Intel Trust Authority and others", looks_like_jwt, decode,
    verify};

}  // namespace strongroom::attest::jwt
