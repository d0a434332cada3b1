#include "attest/jwt/jwt_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/jwt/cwt.h"
#include "attest/jwt/jwt.h"
#include "attest/jwt/jwt_claims.h"
#include "base/encoding.h"

namespace strongroom::attest::jwt {
namespace {

std::optional<TokenFacts> read_facts(ByteView payload, std::string_view kind, Assessment& assessment) {
  auto facts = read_claims(payload, kind, assessment.result.claims);
  if (!facts) {
    assessment.malformed(facts.error());
    return std::nullopt;
  }
  assessment.result.format = facts->format;
  assessment.result.tcb_status = facts->tcb_status;
  assessment.advise(facts->advisories);
  return std::move(*facts);
}

// A token of either encoding: what its signature covers, and what it says.
template <typename Envelope>
std::optional<std::pair<Envelope, TokenFacts>> read(Result<Envelope> token, std::string_view kind,
                                                    std::string_view form, Assessment& assessment) {
  if (!token) {
    assessment.malformed(token.error());
    return std::nullopt;
  }
  auto facts = read_facts(token->payload, kind, assessment);
  if (!facts) return std::nullopt;
  assessment.pass(Concern::kForm, "form", std::string(form));
  return std::pair(std::move(*token), std::move(*facts));
}

std::optional<std::pair<Jwt, TokenFacts>> read_jwt(ByteView bytes, Assessment& assessment) {
  return read(parse_jwt(bytes), "jwt", "the token is a compact JWS with a JSON object inside", assessment);
}

std::optional<std::pair<Cwt, TokenFacts>> read_cwt(ByteView bytes, Assessment& assessment) {
  return read(parse_ear_cwt(bytes), "cwt", "the token is a COSE_Sign1 with EAR's claims inside", assessment);
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

// `signed_by_key` is what became of the signature.
void judge(const TokenFacts& facts, const Result<void>& signed_by_key, const VerificationOptions& options,
           Assessment& assessment) {
  if (assessment.judge(Concern::kAuthenticity, "token.signature", signed_by_key,
                       "a key of the collateral signed the token"))
    assessment.result.claims.root = "given-keys";
  judge_time(facts, options.time, assessment);
  judge_nonce(facts, options, assessment);
  const Claims& claims = assessment.result.claims;
  if (claims.debug)
    assessment.expect(!*claims.debug, Concern::kGuard, "debug", "debugging is off, says the service",
                      "debugging is on, says the service");
  const std::string& status = facts.tcb_status;
  if (!status.empty())
    assessment.expect(status == "UpToDate", Concern::kTcb, "tcb.status",
                      "the TCB is up to date, says the service",
                      fmt::format("the TCB is {}, says the service; a policy may allow it", status));
  if (!facts.appraisal.empty())
    assessment.expect(facts.appraisal == "affirming", Concern::kTcb, "token.appraisal",
                      "the service affirms every part",
                      fmt::format("the service's worst word is \"{}\"", facts.appraisal));
  if (!facts.denials.empty())
    assessment.fail(
        Concern::kTcb, "token.denials",
        fmt::format("the service says that this did not hold: {}", fmt::join(facts.denials, ", ")));
}

void decode_jwt(ByteView bytes, Assessment& assessment) {
  read_jwt(bytes, assessment);
}

void verify_jwt_token(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  if (const auto token = read_jwt(bytes, assessment))
    judge(token->second, verify_jwt(token->first, keys_of(collateral_of(options))), options, assessment);
}

// ---- Attestation results in CBOR ----

// The signature holds under a key whose curve, and whose own algorithm where it names one, is the message's.
Result<void> verify_cwt(const CoseSign1& message, const std::vector<Jwk>& keys) {
  Result<void> outcome = fail(ErrorCode::kNotFound,
                              "no key for signatures of this algorithm was given: give the verifier's key");
  for (const Jwk& key : keys) {
    const int64_t algorithm = cose_algorithm_of(key.key.type());
    if (algorithm == 0 || algorithm != message.algorithm) continue;
    if (!key.use.empty() && key.use != "sig") continue;
    if (!key.algorithm.empty() && key.algorithm != jose_algorithm_of(key.key.type())) continue;
    outcome = verify_cose_sign1(message, key.key, algorithm);
    if (outcome) return outcome;
  }
  return outcome;
}

void decode_cwt(ByteView bytes, Assessment& assessment) {
  read_cwt(bytes, assessment);
}

void verify_cwt_token(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  if (const auto token = read_cwt(bytes, assessment))
    judge(token->second, verify_cwt(token->first.envelope, keys_of(collateral_of(options))), options,
          assessment);
}

}  // namespace

constinit const EvidenceFormat kJwtFormat = {
    "jwt", "Tokens (JWT) of Azure Attestation, Intel Trust Authority and others", looks_like_jwt, decode_jwt,
    verify_jwt_token};
constinit const EvidenceFormat kEarCwtFormat = {"ear-cwt", "Attestation results (EAR) as CWT",
                                                looks_like_ear_cwt, decode_cwt, verify_cwt_token};

}  // namespace strongroom::attest::jwt
