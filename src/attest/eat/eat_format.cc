#include "attest/eat/eat_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/fixed_bytes.h"
#include "attest/binding.h"
#include "attest/eat/keeper_token.h"

namespace strongroom::attest::eat {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

void fill_claims(const KeeperToken& token, Claims& claims) {
  const arch::ReportBody& report = token.claims.report;
  claims.tee = token.claims.tee;
  claims.measurement = to_bytes(report.mrenclave);
  // MRSIGNER zero: nobody signed it.
  if (!arch::all_zero(report.mrsigner)) claims.signer = to_bytes(report.mrsigner);
  claims.product_id = report.isv_prod_id;
  claims.svn = report.isv_svn;
  claims.debug = token.debug();
  claims.report_data = token.claims.user_data;
  claims.nonce = token.claims.nonce;
  claims.vendor["keeper.root"] = token.claims.root;
  claims.vendor["keeper.issued_at"] = token.claims.issued_at;
  claims.vendor["keeper.tcb_version"] = uint64_t{report.cpu_svn[0]};
  claims.vendor["keeper.attributes"] = to_bytes(object_bytes(report.attributes));
  claims.vendor["keeper.config_svn"] = uint64_t{report.config_svn};
  claims.vendor["keeper.family_id"] = to_bytes(report.isv_family_id);
  claims.vendor["keeper.extended_product_id"] = to_bytes(report.isv_ext_prod_id);
}

std::optional<KeeperToken> read(ByteView bytes, Assessment& assessment) {
  auto token = parse_keeper_token(bytes);
  if (!token) {
    assessment.malformed(token.error());
    return std::nullopt;
  }
  fill_claims(*token, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the token has the claims of its profile, in their one encoding");
  return std::move(*token);
}

void decode(ByteView bytes, Assessment& assessment) {
  read(bytes, assessment);
}

// A root's evidence speaks for a keeper by its report data.
bool may_be_root(const EvidenceFormat& format) {
  constexpr std::array<std::string_view, 3> kRoots = {"tpm", "snp-report", "intel-quote"};
  return std::find(kRoots.begin(), kRoots.end(), format.name) != kRoots.end();
}

// The root's evidence is a layer of its own; what it says of its platform counts for the token, too.
void judge_root(const arch::EvidenceToken& token, const VerificationOptions& given, Assessment& assessment) {
  const EvidenceFormat* format = detect(token.root_evidence);
  if (format == nullptr || !may_be_root(*format)) {
    assessment.malformed(
        {ErrorCode::kMalformed, "keeper's token: what it gives for its root's evidence is none"});
    return;
  }
  VerificationOptions options = given;
  options.nonce.reset();
  options.policy = nullptr;
  Assessment layer;
  layer.result.format = format->name;
  format->verify(token.root_evidence, options, layer);
  layer.conclude();
  const Claims& claims = layer.result.claims;
  assessment.expect(claims.tee == token.root, kAuthenticity, "root.tee",
                    fmt::format("the root's evidence is of a {}, as the token says", token.root),
                    "the root's evidence is of another kind than the token says");
  assessment.expect(binds_hash(claims.report_data, arch::evidence_root_data(token.key, token.nonce)),
                    kAuthenticity, "root.binding",
                    "the root's evidence binds the attestation key and the nonce",
                    "the root's evidence is not about this attestation key and this nonce");
  Claims& own = assessment.result.claims;
  own.root = claims.root;
  own.hardware_id = claims.hardware_id;
  for (const auto& [name, value] : claims.vendor) own.vendor.try_emplace(name, value);
  // What vouches for the key may be any program that has such a root: a policy says which.
  if (claims.measurement) own.vendor["root.measurement"] = *claims.measurement;
  if (claims.signer) own.vendor["root.signer"] = *claims.signer;
  assessment.result.tcb_status = layer.result.tcb_status;
  assessment.advise(layer.result.advisories);
  assessment.result.layers.push_back(std::move(layer.result));
}

// The name of the root by which the caller trusts this very key, or nothing.
std::string trusted_as(const crypto::PublicKey& key, const VerificationOptions& options) {
  const crypto::Sha256Digest fingerprint = key.fingerprint();
  for (const ExtraRoot& root : options.extra_roots)
    if (root.key_fingerprint == fingerprint) return "extra:" + root.name;
  for (const crypto::PublicKey& given : collateral_of(options).public_keys)
    if (given.fingerprint() == fingerprint) return "given-keys";
  for (const Jwk& given : collateral_of(options).json_web_keys)
    if (given.key.fingerprint() == fingerprint) return "given-keys";
  return "";
}

void judge_key(const KeeperToken& token, const VerificationOptions& options, Assessment& assessment) {
  const auto key = crypto::PublicKey::from_point(crypto::KeyType::kP256, token.claims.key);
  if (!key) {
    assessment.malformed(key.error().in("keeper's token: attestation key"));
    return;
  }
  assessment.result.claims.vendor["keeper.key_sha256"] = to_bytes(key->fingerprint());
  assessment.judge(kAuthenticity, "token.signature", verify_cose_sign1(token.envelope, *key, kCoseEs256),
                   "the attestation key in the token signed it");
  const bool rooted = token.claims.root != arch::kUnrooted;
  if (rooted) judge_root(token.claims, options, assessment);
  if (const std::string root = trusted_as(*key, options); !root.empty()) {
    assessment.pass(kAuthenticity, "key.trust", "the attestation key is one that the caller trusts");
    if (assessment.result.claims.root.empty()) assessment.result.claims.root = root;
  } else if (!rooted) {
    assessment.fail(
        kAuthenticity, "unrooted",
        "nothing but the machine that made the token vouches for its key: give the keeper's key, or allow "
        "insecure_unrooted in the policy");
  }
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto token = read(bytes, assessment);
  if (!token) return;
  judge_key(*token, options, assessment);
  const arch::EvidenceToken& claims = token->claims;
  assessment.expect(
      equal(claims.report.report_data, arch::evidence_report_data(claims.nonce, claims.user_data)),
      kAuthenticity, "report.binding", "the report binds nonce and user data",
      "REPORTDATA is not the hash of nonce and user data");
  assessment.expect((claims.report.attributes.flags & arch::kAttributeInit) != 0, Concern::kGuard,
                    "attributes.init", "the enclave is initialised", "the enclave is not initialised");
  assessment.expect(!token->debug(), Concern::kGuard, "debug", "the enclave does not run in debug mode",
                    "the enclave runs in debug mode: its memory is open to the host");
  assessment.check_nonce(options, claims.nonce, "the token's nonce");
}

}  // namespace

constinit const EvidenceFormat kEatFormat = {
    "strongroom-eat", "tokens of Strongroom's keepers about enclaves in `process` and `vm`",
    looks_like_keeper_token, decode, verify};

}  // namespace strongroom::attest::eat
