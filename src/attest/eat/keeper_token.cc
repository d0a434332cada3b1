#include "attest/eat/keeper_token.h"

#include <fmt/format.h>

#include "arch/fixed_bytes.h"

namespace strongroom::attest::eat {
namespace {

using arch::EvidenceClaim;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "keeper's token: " + std::move(why));
}

const CborItem* find(const CborItem& claims, EvidenceClaim claim) {
  return claims.find(static_cast<int64_t>(claim));
}

Result<ByteView> string_claim(const CborItem& claims, EvidenceClaim claim, CborType type,
                              std::string_view what) {
  const CborItem* item = find(claims, claim);
  if (item == nullptr || item->type != type)
    return malformed(fmt::format("it has no {} (claim {})", what, static_cast<int64_t>(claim)));
  return item->string();
}

Result<Bytes> bytes_claim(const CborItem& claims, EvidenceClaim claim, std::string_view what, size_t least,
                          size_t most) {
  const ByteView bytes = TRY(string_claim(claims, claim, CborType::kBytes, what));
  if (bytes.size() < least || bytes.size() > most)
    return malformed(fmt::format("its {} has {} bytes", what, bytes.size()));
  return to_bytes(bytes);
}

Result<std::string> text_claim(const CborItem& claims, EvidenceClaim claim, std::string_view what) {
  return std::string(as_text(TRY(string_claim(claims, claim, CborType::kText, what))));
}

Result<arch::ReportBody> report_of(const CborItem& claims) {
  constexpr size_t kSize = sizeof(arch::ReportBody);
  const Bytes bytes = TRY(bytes_claim(claims, EvidenceClaim::kReportBody, "report body", kSize, kSize));
  ByteReader reader(bytes);
  const auto report = TRY(reader.object<arch::ReportBody>("report body"));
  if (!arch::all_zero(report.reserved1) || !arch::all_zero(report.reserved2) ||
      !arch::all_zero(report.reserved3) || !arch::all_zero(report.reserved4))
    return malformed("reserved bytes of its report are not zero");
  return report;
}

Result<arch::EvidenceToken> claims_of(ByteView payload) {
  const CborItem claims = TRY_IN("keeper's token", parse_cbor(payload));
  arch::EvidenceToken token;
  if (TRY(text_claim(claims, EvidenceClaim::kProfile, "profile")) != arch::kEvidenceProfile)
    return malformed("it has another profile");
  const CborItem* issued_at = find(claims, EvidenceClaim::kIssuedAt);
  if (issued_at == nullptr || issued_at->type != CborType::kUnsigned) return malformed("it has no time");
  token.issued_at = issued_at->number;
  token.nonce =
      TRY(bytes_claim(claims, EvidenceClaim::kNonce, "nonce", arch::kMinimumNonce, arch::kMaximumNonce));
  token.report = TRY(report_of(claims));
  token.user_data =
      TRY(bytes_claim(claims, EvidenceClaim::kUserData, "user data", 0, arch::kMaximumUserData));
  token.tee = TRY(text_claim(claims, EvidenceClaim::kTee, "TEE"));
  // No keeper speaks for hardware.
  if (token.tee != "process" && token.tee != "vm")
    return malformed("a keeper speaks for the TEEs `process` and `vm` alone");
  token.key = TRY(bytes_claim(claims, EvidenceClaim::kKey, "attestation key", arch::kEvidenceKeySize,
                              arch::kEvidenceKeySize));
  token.root = TRY(text_claim(claims, EvidenceClaim::kRoot, "root"));
  if (token.root != arch::kUnrooted && token.root != "tpm" && token.root != "sev-snp" && token.root != "tdx")
    return malformed("its root is none that a keeper can have");
  if (token.root != arch::kUnrooted)
    token.root_evidence = TRY(bytes_claim(claims, EvidenceClaim::kRootEvidence, "evidence of its root", 1,
                                          arch::kMaximumRootEvidence));
  return token;
}

}  // namespace

bool looks_like_keeper_token(ByteView bytes) {
  const auto message = parse_cose_sign1(bytes);
  if (!message) return false;
  const auto claims = parse_cbor(message->payload);
  if (!claims) return false;
  const CborItem* profile = find(*claims, EvidenceClaim::kProfile);
  return profile != nullptr && profile->type == CborType::kText &&
         as_text(profile->string()) == arch::kEvidenceProfile;
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
