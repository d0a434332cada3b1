// How a format of evidence joins the verifier: one EvidenceFormat in its own directory, one line in
// formats.cc.
#pragma once

#include <span>
#include <string_view>

#include "attest/assessment.h"
#include "attest/collateral.h"
#include "attest/roots.h"
#include "base/bytes.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

struct EvidenceFormat {
  std::string_view name;   // the family: "sgx-quote", "snp-report"; result.format may add a version
  std::string_view about;  // one line for people
  // By content, and cheaply; true means: whatever is wrong from here on is wrong with this format's evidence.
  bool (*recognises)(ByteView evidence);
  // Sets result.format and result.claims; a form that breaks the rules goes to assessment.malformed().
  void (*decode)(ByteView evidence, Assessment& assessment);
  // As decode(), and judges. `evidence` is hostile.
  void (*verify)(ByteView evidence, const VerificationOptions& options, Assessment& assessment);
};

// EvidenceFormat::decode and ::verify of a format that does both in one function, which decodes only where
// its options are null.
template <void (*kJudge)(ByteView, const VerificationOptions*, Assessment&)>
void decode_by(ByteView evidence, Assessment& assessment) {
  kJudge(evidence, nullptr, assessment);
}
template <void (*kJudge)(ByteView, const VerificationOptions*, Assessment&)>
void verify_by(ByteView evidence, const VerificationOptions& options, Assessment& assessment) {
  kJudge(evidence, &options, assessment);
}

// In the order in which they are asked; the more particular first.
std::span<const EvidenceFormat* const> formats();

// The format that recognises these bytes, or null.
const EvidenceFormat* detect(ByteView evidence);

// The collateral of the options, or an empty set.
const CollateralContents& collateral_of(const VerificationOptions& options);

// The cache of the options, or null.
crypto::SignatureCache* cache_of(const VerificationOptions& options);

}  // namespace strongroom::attest
