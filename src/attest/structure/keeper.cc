// Tokens of Strongroom's keepers: CBOR with names for the claims (arch/evidence_token.h), and the report laid
// out.
#include <fmt/format.h>

#include "arch/evidence_token.h"
#include "attest/structure/structure.h"

namespace strongroom::attest::structure {
namespace {

std::string_view name_of(arch::EvidenceClaim claim) {
  switch (claim) {
    case arch::EvidenceClaim::kIssuedAt:
      return "iat";
    case arch::EvidenceClaim::kNonce:
      return "nonce";
    case arch::EvidenceClaim::kDebugStatus:
      return "dbgstat";
    case arch::EvidenceClaim::kProfile:
      return "eat_profile";
    case arch::EvidenceClaim::kReportBody:
      return "report body";
    case arch::EvidenceClaim::kUserData:
      return "user data";
    case arch::EvidenceClaim::kTee:
      return "TEE";
    case arch::EvidenceClaim::kKey:
      return "attestation key";
    case arch::EvidenceClaim::kRoot:
      return "root";
    case arch::EvidenceClaim::kRootEvidence:
      return "evidence of the root";
    case arch::EvidenceClaim::kQuote:
      return "quote";
  }
  return "";
}

void move_by(size_t offset, std::vector<Field>& fields) {
  for (Field& field : fields) {
    if (field.size != 0) field.offset += offset;
    move_by(offset, field.children);
  }
}

void name_claim(ByteView evidence, Field& claim, Budget& budget) {
  for (const auto number :
       {arch::EvidenceClaim::kIssuedAt, arch::EvidenceClaim::kNonce, arch::EvidenceClaim::kDebugStatus,
        arch::EvidenceClaim::kProfile, arch::EvidenceClaim::kReportBody, arch::EvidenceClaim::kUserData,
        arch::EvidenceClaim::kTee, arch::EvidenceClaim::kKey, arch::EvidenceClaim::kRoot,
        arch::EvidenceClaim::kRootEvidence, arch::EvidenceClaim::kQuote}) {
    if (claim.name != fmt::format("{}", static_cast<int64_t>(number))) continue;
    claim.name = name_of(number);
    constexpr size_t kHeadOfQuote = 3;  // of a byte string with 256 to 65,535 bytes
    // The bytes stand at the end of the item, behind its head.
    constexpr size_t kReport = sizeof(arch::ReportBody);
    if (number == arch::EvidenceClaim::kReportBody && claim.size > kReport)
      claim.children = enclave_report(evidence, claim.offset + claim.size - kReport);
    if (number == arch::EvidenceClaim::kQuote && claim.size > kHeadOfQuote) {
      const size_t begin = claim.offset + kHeadOfQuote;
      claim.children = intel_quote(evidence.subspan(begin, claim.size - kHeadOfQuote));
      move_by(begin, claim.children);
    }
    if (number == arch::EvidenceClaim::kRootEvidence) {
      const ByteView item = evidence.subspan(claim.offset, claim.size);
      const size_t text = as_text(item).find('{');
      if (text != std::string_view::npos)
        claim.children = json(evidence, {claim.offset + text, claim.size - text}, budget);
    }
    return;
  }
}

}  // namespace

std::vector<Field> keeper_token(ByteView evidence, Budget& budget) {
  std::vector<Field> fields = cbor(evidence, {0, evidence.size()}, budget);
  if (fields.empty()) return fields;
  fields[0].name = "COSE_Sign1";
  std::vector<Field>* parts = &fields[0].children;
  if (parts->size() == 1) parts = &parts->front().children;  // inside of the tag
  constexpr std::string_view kParts[] = {"protected header", "unprotected header", "payload", "signature"};
  for (size_t i = 0; i < parts->size() && i < std::size(kParts); ++i) (*parts)[i].name = kParts[i];
  if (parts->size() < 3 || (*parts)[2].children.empty()) return fields;
  Field& claims = (*parts)[2].children[0];
  claims.name = "claims";
  for (Field& claim : claims.children) name_claim(evidence, claim, budget);
  return fields;
}

std::vector<Field> quote_token(ByteView evidence, Budget& budget) {
  std::vector<Field> fields = cbor(evidence, {0, evidence.size()}, budget);
  if (fields.empty() || fields[0].children.empty()) return fields;
  fields[0].name = "unprotected claims";
  for (Field& claim : fields[0].children[0].children) name_claim(evidence, claim, budget);
  return fields;
}

}  // namespace strongroom::attest::structure
