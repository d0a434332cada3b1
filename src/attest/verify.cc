#include <fmt/format.h>

#include "attest/format.h"
#include "attest/policy.h"
#include "strongroom/attest.h"

namespace strongroom::attest {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kMissing:
      return "missing";
    case Outcome::kNotApplicable:
      return "not_applicable";
    case Outcome::kWarning:
      return "warning";
  }
  return "?";
}

std::string_view to_string(Concern concern) {
  switch (concern) {
    case Concern::kForm:
      return "form";
    case Concern::kAuthenticity:
      return "authenticity";
    case Concern::kRevocation:
      return "revocation";
    case Concern::kTcb:
      return "tcb";
    case Concern::kGuard:
      return "guard";
    case Concern::kFreshness:
      return "freshness";
    case Concern::kPolicy:
      return "policy";
  }
  return "?";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kMalformed:
      return "malformed";
    case Verdict::kUndetermined:
      return "undetermined";
  }
  return "?";
}

struct VerificationCache::State {
  crypto::SignatureCache signatures;
};

VerificationCache::VerificationCache() : state_(std::make_unique<State>()) {}
VerificationCache::~VerificationCache() = default;

crypto::SignatureCache* cache_of(const VerificationOptions& options) {
  return options.cache == nullptr ? nullptr : &options.cache->state().signatures;
}

const CollateralContents& collateral_of(const VerificationOptions& options) {
  static const CollateralContents kNone;
  return options.collateral == nullptr ? kNone : options.collateral->contents();
}

namespace {

const Error kUnknownFormat{
    ErrorCode::kMalformed,
    "the bytes are evidence of no known format; evidence is taken as the vendor's binary, "
    "as base64 or hexadecimal text of it, or in the JSON of the usual tools"};

}  // namespace

VerificationResult verify(ByteView evidence, const VerificationOptions& given) {
  Assessment assessment;
  VerificationOptions options = given;
  // Within one call, too, chains share their upper ends.
  VerificationCache of_this_call;
  if (options.cache == nullptr) options.cache = &of_this_call;
  if (options.policy != nullptr) {
    const std::vector<ExtraRoot>& roots = options.policy->contents().roots;
    options.extra_roots.insert(options.extra_roots.end(), roots.begin(), roots.end());
  }
  if (const EvidenceFormat* format = detect(evidence)) {
    assessment.result.format = format->name;
    format->verify(evidence, options, assessment);
    if (options.policy != nullptr) apply_policy(*options.policy, options.time, assessment);
  } else {
    assessment.malformed(kUnknownFormat);
  }
  assessment.conclude();
  return std::move(assessment.result);
}

VerificationResult decode(ByteView evidence) {
  Assessment assessment;
  if (const EvidenceFormat* format = detect(evidence)) {
    assessment.result.format = format->name;
    format->decode(evidence, assessment);
  } else {
    assessment.malformed(kUnknownFormat);
  }
  assessment.conclude();
  return std::move(assessment.result);
}

}  // namespace strongroom::attest
