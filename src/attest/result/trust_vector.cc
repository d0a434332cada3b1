#include <algorithm>
#include <array>

#include "attest/intel/emulated.h"
#include "strongroom/attestation_result.h"

namespace strongroom::attest {
namespace {

// Values of draft-ietf-rats-ar4si-10, section 2.3.4.
constexpr int8_t kNoClaim = 0, kUnknownEvidence = 1, kCryptographyFailed = 99;
constexpr int8_t kContraindicatedInstance = 96;
constexpr int8_t kApprovedConfiguration = 2, kSafeConfiguration = 3, kUnsafeConfiguration = 32,
                 kUnsupportable = 96;
constexpr int8_t kApprovedBoot = 3, kUnrecognisedRuntime = 33;
constexpr int8_t kGenuineHardware = 2, kUnsafeHardware = 32, kContraindicatedHardware = 96,
                 kUnrecognisedHardware = 97;
constexpr int8_t kEncryptedRuntime = 2, kIsolatedRuntime = 32, kVisibleRuntime = 96;

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What the findings come to, asked from several sides.
class Appraisal {
 public:
  explicit Appraisal(const VerificationResult& result) : result_(result) {
    for (const Finding& finding : result.findings) count(finding);
  }

  TrustVector vector() const {
    TrustVector vector;
    if (revoked_) vector.instance_identity = kContraindicatedInstance;
    if (cryptography_) vector.instance_identity = kCryptographyFailed;
    vector.hardware = overridden(hardware());
    vector.configuration = overridden(configuration());
    vector.executables = overridden(executables());
    if (const auto opaque = runtime_opaque()) vector.runtime_opaque = overridden(*opaque);
    return vector;
  }

 private:
  void count(const Finding& finding) {
    const bool failed = finding.outcome == Outcome::kFailed, missing = finding.outcome == Outcome::kMissing;
    const bool warned = finding.outcome == Outcome::kWarning, passed = finding.outcome == Outcome::kPassed;
    const std::string_view check = finding.check;
    switch (finding.concern) {
      case Concern::kForm:
        malformed_ |= failed;
        break;
      case Concern::kAuthenticity:
        unrecognised_ |= failed && (check.ends_with(".chain") || check == "unrooted");
        expired_ |= failed && check.ends_with(".validity");
        cryptography_ |=
            failed && !check.ends_with(".chain") && !check.ends_with(".validity") && check != "unrooted";
        break;
      case Concern::kRevocation:
        revoked_ |= failed;
        incomplete_ |= missing;
        break;
      case Concern::kTcb:
        tcb_contraindicated_ |= failed && check != "tcb.status";
        incomplete_ |= missing;
        break;
      case Concern::kGuard:
        unguarded_ |= failed;
        warned_ |= warned;
        guarded_ |= passed;
        debuggable_ |= check == "debug" && (failed || warned);
        break;
      case Concern::kFreshness:
        break;
      case Concern::kPolicy:
        count_policy(check, failed, passed);
        break;
    }
  }

  void count_policy(std::string_view check, bool failed, bool passed) {
    if (one_of(check, {"policy.measurement", "policy.signer"})) {
      code_refused_ |= failed;
      code_approved_ |= passed;
    } else if (check == "policy.root") {
      unrecognised_ |= failed;
    } else if (check == "policy.rule") {
      policy_holds_ |= passed;
    } else if (!one_of(check, {"policy.tcb_status", "policy.advisories", "policy.tee", "policy.nonce",
                               "policy.report_data"})) {
      policy_refused_ |= failed;
    }
  }

  // What the draft puts before every other value of a claim.
  [[nodiscard]] int8_t overridden(int8_t value) const {
    return cryptography_ ? kCryptographyFailed : malformed_ ? kUnknownEvidence : value;
  }

  [[nodiscard]] int8_t hardware() const {
    const std::string& status = result_.tcb_status;
    if (unrecognised_ || result_.claims.tee == intel::kEmulatedTee) return kUnrecognisedHardware;
    if (revoked_ || expired_ || tcb_contraindicated_ || status == "Revoked") return kContraindicatedHardware;
    if ((!status.empty() && status != "UpToDate") || !result_.advisories.empty()) return kUnsafeHardware;
    if (!result_.authentic || incomplete_ || result_.claims.root.empty()) return kNoClaim;
    return kGenuineHardware;
  }

  [[nodiscard]] int8_t configuration() const {
    if (unguarded_ || policy_refused_) return kUnsupportable;
    if (warned_ ||
        one_of(result_.tcb_status, {"SWHardeningNeeded", "ConfigurationNeeded",
                                    "ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded"}))
      return kUnsafeConfiguration;
    if (!result_.authentic || !guarded_) return kNoClaim;
    return policy_holds_ ? kApprovedConfiguration : kSafeConfiguration;
  }

  // Evidence measures what was loaded at the start.
  [[nodiscard]] int8_t executables() const {
    if (code_refused_) return kUnrecognisedRuntime;
    return result_.authentic && code_approved_ ? kApprovedBoot : kNoClaim;
  }

  [[nodiscard]] std::optional<int8_t> runtime_opaque() const {
    const std::string& tee = result_.claims.tee;
    const bool encrypted = one_of(tee, {"sgx", "tdx", "sev-snp"});
    if (!encrypted && !one_of(tee, {"nitro", "cca", "process", "vm"})) return std::nullopt;
    if (debuggable_) return kVisibleRuntime;
    if (!result_.authentic || result_.claims.root.empty()) return kNoClaim;
    return encrypted ? kEncryptedRuntime : kIsolatedRuntime;
  }

  const VerificationResult& result_;
  bool malformed_ = false, cryptography_ = false, unrecognised_ = false, expired_ = false, revoked_ = false;
  bool tcb_contraindicated_ = false, incomplete_ = false;
  bool unguarded_ = false, warned_ = false, guarded_ = false, debuggable_ = false;
  bool code_refused_ = false, code_approved_ = false, policy_refused_ = false, policy_holds_ = false;
};

TrustTier worse(TrustTier a, TrustTier b) {
  return std::max(a, b);
}

}  // namespace

std::string_view to_string(TrustTier tier) {
  switch (tier) {
    case TrustTier::kNone:
      return "none";
    case TrustTier::kAffirming:
      return "affirming";
    case TrustTier::kWarning:
      return "warning";
    case TrustTier::kContraindicated:
      return "contraindicated";
  }
  return "none";
}

// Section 2.3.2.
TrustTier tier_of(int8_t value) {
  if (value >= 96 || value <= -97) return TrustTier::kContraindicated;
  if (value >= 32 || value <= -33) return TrustTier::kWarning;
  if (value >= 2 || value <= -2) return TrustTier::kAffirming;
  return TrustTier::kNone;
}

TrustVector trust_vector(const VerificationResult& result) {
  return Appraisal(result).vector();
}

TrustTier trust_tier(const VerificationResult& result) {
  if (result.verdict == Verdict::kRefused || result.verdict == Verdict::kMalformed)
    return TrustTier::kContraindicated;
  const TrustVector vector = trust_vector(result);
  TrustTier worst = TrustTier::kNone;
  for (const auto& claim : {vector.instance_identity, vector.configuration, vector.executables,
                            vector.hardware, vector.runtime_opaque})
    if (claim) worst = worse(worst, tier_of(*claim));
  bool none = result.verdict == Verdict::kUndetermined;
  for (const VerificationResult& layer : result.layers) {
    const TrustTier tier = trust_tier(layer);
    none = none || tier == TrustTier::kNone;
    worst = worse(worst, tier);
  }
  // Nothing that was found is worse than what could not be found out, but for warnings and contraindications.
  return none && worst == TrustTier::kAffirming ? TrustTier::kNone : worst;
}

}  // namespace strongroom::attest
