#include "attest/arm/arm_format.h"

#include <fmt/format.h>

#include "attest/arm/arm_token.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::arm {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

void fill_platform(const PlatformToken& token, std::string_view prefix, Claims& claims) {
  const auto name = [&](std::string_view what) { return fmt::format("{}.{}", prefix, what); };
  claims.debug = !token.secured();
  claims.hardware_id = token.instance_id;
  claims.vendor[name("profile")] = token.profile;
  claims.vendor[name("lifecycle")] = token.lifecycle;
  claims.vendor[name("implementation_id")] = token.implementation_id;
  claims.vendor[name("configuration")] = token.configuration;
  for (size_t i = 0; i < token.components.size(); ++i) {
    const SoftwareComponent& component = token.components[i];
    claims.vendor[name(fmt::format("component{}.type", i))] = component.type;
    claims.vendor[name(fmt::format("component{}.version", i))] = component.version;
    claims.vendor[name(fmt::format("component{}.measurement", i))] = component.measurement;
    claims.vendor[name(fmt::format("component{}.signer", i))] = component.signer;
  }
}

void fill_claims(const CcaToken& token, Claims& claims) {
  claims.tee = "cca";
  fill_platform(token.platform, "cca.platform", claims);
  claims.measurement = token.realm.initial_measurement;
  claims.report_data = token.realm.challenge;
  claims.vendor["cca.realm.personalization"] = token.realm.personalization;
  claims.vendor["cca.realm.hash_algorithm"] = token.realm.hash_algorithm;
  for (size_t i = 0; i < token.realm.extensible_measurements.size(); ++i)
    claims.vendor[fmt::format("cca.realm.rem{}", i)] = token.realm.extensible_measurements[i];
}

void fill_claims(const PlatformToken& token, Claims& claims) {
  claims.tee = "psa";
  fill_platform(token, "psa", claims);
  claims.nonce = token.challenge;
  if (token.components.empty()) return;
  claims.measurement = token.components.front().measurement;
  claims.signer = token.components.front().signer;
}

template <typename Token>
std::optional<Token> read(ByteView bytes, Result<Token> (*parse)(ByteView), Assessment& assessment) {
  auto token = parse(bytes);
  if (!token) {
    assessment.malformed(token.error());
    return std::nullopt;
  }
  fill_claims(*token, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the token has the claims that its profile demands");
  return std::move(*token);
}

// Platforms' keys have no public root: they are those that the caller gave.
Result<void> signed_by_given_key(CoseSign1 message, const CollateralContents& collateral) {
  const bool key_decides = message.algorithm == 0;
  Error why{ErrorCode::kNotFound, "no key of the platform is at hand"};
  const auto try_key = [&](const crypto::PublicKey& key) {
    if (key_decides) message.algorithm = cose_algorithm_of(key.type());
    const auto outcome = verify_cose_sign1(message, key, cose_algorithm_of(key.type()));
    if (!outcome) why = outcome.error();
    return outcome.has_value();
  };
  for (const crypto::PublicKey& key : collateral.public_keys)
    if (try_key(key)) return {};
  for (const Jwk& key : collateral.json_web_keys)
    if (try_key(key.key)) return {};
  return tl::unexpected<Error>(why);
}

// A shared secret is one that the caller gave as such (a JWK of type "oct"): a public key or another document
// never serves as one.
Result<void> mac_of_given_secret(const CoseSign1& message, const CollateralContents& collateral) {
  Error why{ErrorCode::kNotFound, "no secret that is shared with the platform is at hand"};
  for (const Bytes& secret : collateral.shared_secrets) {
    const auto outcome = verify_cose_mac0(message, secret);
    if (outcome) return {};
    why = outcome.error();
  }
  return tl::unexpected<Error>(why);
}

void judge_platform(const PlatformToken& token, const VerificationOptions& options, Assessment& assessment) {
  if (assessment.judge(kAuthenticity, "platform.signature",
                       token.has_mac ? mac_of_given_secret(token.envelope, collateral_of(options))
                                     : signed_by_given_key(token.envelope, collateral_of(options)),
                       token.has_mac ? "the platform's token has the MAC of a given secret"
                                     : "a given key signed the platform's token"))
    assessment.result.claims.root = "given-keys";
  assessment.expect(token.secured(), Concern::kGuard, "debug", "the platform's lifecycle is \"secured\"",
                    fmt::format("the platform's lifecycle is 0x{:04x}, not \"secured\"", token.lifecycle));
}

// The platform vouches for the realm's key: its challenge is the hash of that key.
Result<void> platform_vouches(const CcaToken& token) {
  const std::string& algorithm = token.realm.public_key_hash_algorithm;
  const auto same = [&](const auto& digest) { return equal(token.platform.challenge, digest); };
  const bool good = algorithm == "sha-256"   ? same(crypto::sha256(token.realm.public_key))
                    : algorithm == "sha-384" ? same(crypto::sha384(token.realm.public_key))
                    : algorithm == "sha-512" ? same(crypto::sha512(token.realm.public_key))
                                             : false;
  if (good) return {};
  return fail(ErrorCode::kVerificationFailed,
              fmt::format("the platform's challenge is not the {} hash of the realm's key", algorithm));
}

// The same key signs PSA tokens, whose challenge is whatever an application asks for: one of those would
// vouch for any realm's key. Their profiles tell them apart (draft-ffm-rats-cca-token, "Profile Definition").
bool is_of_cca_platform(const PlatformToken& token) {
  const std::string& profile = token.profile;
  return profile.starts_with("http://arm.com/CCA-SSD/") ||
         (profile.starts_with("tag:arm.com,") && profile.find(":cca_platform#") != std::string::npos);
}

Result<void> realm_signed(const RealmToken& realm) {
  const auto key = realm_key(realm);
  if (!key) return fail(ErrorCode::kVerificationFailed, key.error().message);
  return verify_cose_sign1(realm.envelope, *key, cose_algorithm_of(key->type()));
}

void decode_cca(ByteView bytes, Assessment& assessment) {
  read(bytes, parse_cca, assessment);
}
void decode_psa(ByteView bytes, Assessment& assessment) {
  read(bytes, parse_psa, assessment);
}

void verify_cca(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto token = read(bytes, parse_cca, assessment);
  if (!token) return;
  judge_platform(token->platform, options, assessment);
  assessment.expect(is_of_cca_platform(token->platform), kAuthenticity, "platform.profile",
                    "the platform's token is one of CCA",
                    fmt::format("the platform's token is none of CCA, but of \"{}\": its challenge may be "
                                "anybody's choice",
                                token->platform.profile));
  assessment.judge(kAuthenticity, "realm.binding", platform_vouches(*token),
                   "the platform vouches for the realm's key");
  assessment.judge(kAuthenticity, "realm.signature", realm_signed(token->realm),
                   "the realm's key signed the realm's token");
  assessment.check_nonce_prefix(options, token->realm.challenge, "the realm's challenge");
}

void verify_psa(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto token = read(bytes, parse_psa, assessment);
  if (!token) return;
  judge_platform(*token, options, assessment);
  assessment.check_nonce(options, token->challenge, "the token's nonce");
}

}  // namespace

constinit const EvidenceFormat kCcaFormat = {"cca-token", "Arm CCA attestation tokens", looks_like_cca,
                                             decode_cca, verify_cca};
constinit const EvidenceFormat kPsaFormat = {"psa-token", "Arm PSA attestation tokens", looks_like_psa,
                                             decode_psa, verify_psa};

}  // namespace strongroom::attest::arm
