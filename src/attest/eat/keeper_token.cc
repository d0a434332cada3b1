#include "attest/eat/keeper_token.h"

#include <fmt/format.h>

#include "arch/fixed_bytes.h"
#include "attest/eat/token_claims.h"

namespace strongroom::attest::eat {
namespace {

using arch::EvidenceClaim;

constexpr std::string_view kToken = "keeper's token";

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("{}: {}", kToken, why));
}

Result<arch::ReportBody> report_of(const TokenClaims& claims) {
  constexpr size_t kSize = sizeof(arch::ReportBody);
  const Bytes bytes = TRY(claims.bytes(EvidenceClaim::kReportBody, "report body", kSize, kSize));
  ByteReader reader(bytes);
  const auto report = TRY(reader.object<arch::ReportBody>("report body"));
  if (!arch::all_zero(report.reserved1) || !arch::all_zero(report.reserved2) ||
      !arch::all_zero(report.reserved3) || !arch::all_zero(report.reserved4))
    return malformed("reserved bytes of its report are not zero");
  return report;
}

Result<arch::EvidenceToken> claims_of(ByteView payload) {
  const CborItem item = TRY_IN(kToken, parse_cbor(payload));
  const TokenClaims claims(item, kToken);
  arch::EvidenceToken token;
  if (TRY(claims.text(EvidenceClaim::kProfile, "profile")) != arch::kEvidenceProfile)
    return malformed("it has another profile");
  const CborItem* issued_at = claims.find(EvidenceClaim::kIssuedAt);
  if (issued_at == nullptr || issued_at->type != CborType::kUnsigned) return malformed("it has no time");
  token.issued_at = issued_at->number;
  token.nonce = TRY(claims.nonce());
  token.report = TRY(report_of(claims));
  token.user_data = TRY(claims.user_data());
  token.tee = TRY(claims.text(EvidenceClaim::kTee, "TEE"));
  // No keeper speaks for hardware.
  if (token.tee != "process" && token.tee != "vm")
    return malformed("a keeper speaks for the TEEs `process` and `vm` alone");
  token.key = TRY(
      claims.bytes(EvidenceClaim::kKey, "attestation key", arch::kEvidenceKeySize, arch::kEvidenceKeySize));
  token.root = TRY(claims.text(EvidenceClaim::kRoot, "root"));
  if (token.root != arch::kUnrooted && token.root != "tpm" && token.root != "sev-snp" && token.root != "tdx")
    return malformed("its root is none that a keeper can have");
  if (token.root != arch::kUnrooted)
    token.root_evidence = TRY(
        claims.bytes(EvidenceClaim::kRootEvidence, "evidence of its root", 1, arch::kMaximumRootEvidence));
  return token;
}

}  // namespace

bool looks_like_keeper_token(ByteView bytes) {
  const auto message = parse_cose_sign1(bytes);
  if (!message) return false;
  const auto claims = parse_cbor(message->payload);
  if (!claims) return false;
  return TokenClaims(*claims, kToken).has_profile(arch::kEvidenceProfile);
}

Result<KeeperToken> parse_keeper_token(ByteView bytes) {
  CoseSign1 envelope = TRY(parse_cose_sign1(bytes));
  arch::EvidenceToken claims = TRY(claims_of(envelope.payload));
  if (!equal(arch::encode_claims(claims), envelope.payload))
    return malformed("its claims are not those of its profile, in their one encoding");
  // Whatever algorithm it names, and is refused for: its form is judged here.
  if (!equal(crypto::encode_cose_sign1(envelope.algorithm, envelope.payload, envelope.signature), bytes))
    return malformed("its envelope is not in the one encoding that keepers give it");
  return KeeperToken{std::move(envelope), std::move(claims)};
}

}  // namespace strongroom::attest::eat
