// The verdict for others: an EAT Attestation Result (draft-ietf-rats-ear-04) with the trustworthiness vector
// of AR4SI (draft-ietf-rats-ar4si-10), signed as JWT (RFC 7519) or CWT (RFC 8392, a COSE_Sign1 with tag 18).
//
//   attest::AttestationResultOptions options;
//   options.issued = now;
//   options.judged = verification.time;
//   options.nonce = verification.nonce;
//   TRY(attest::sign_result_jwt(result, options, key_pem));
//
// Both carry: eat_profile "tag:ietf.org,2026:rats/ear#04", iat, exp, ear_verifier_id, ear_status, the nonce,
// and a submodule for the evidence (named by its TEE) and for each layer inside of it ("TEE/1", "TEE/1/2"),
// with
//   ear_status                   of the verdict, see trust_tier()
//   ear_trustworthiness_vector   see trust_vector()
//   ear_appraisal_policy_ids     the policy, where there was one
//   ear_attester_claims          the common claims, of authentic evidence alone: a signature over the others
//   would lend
//                                them what they lack. Bytes are byte strings, in JSON hexadecimal text.
//   ear_verifier_claims          strongroom_verdict, strongroom_format, strongroom_judged_at (seconds since
//   1970),
//                                strongroom_tcb_status, strongroom_advisories, strongroom_failed and
//                                strongroom_missing (names of checks); at the first submodule
//                                strongroom_evidence_sha256.
// Whoever receives one checks the signature with the key of a verifier that it trusts, exp, the nonce, and
// then ear_status: nothing but 2 ("affirming") is acceptance without reservation.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "strongroom/attest.h"

namespace strongroom::attest {

// AR4SI, section 2.3.2: tiers, by the number that stands for each in ear_status.
enum class TrustTier : uint8_t { kNone = 0, kAffirming = 2, kWarning = 32, kContraindicated = 96 };
std::string_view to_string(TrustTier tier);  // "none", "affirming", "warning", "contraindicated"
// The tier of one claim's value, the non-standard negative ones included.
TrustTier tier_of(int8_t value);

// AR4SI, section 2.3.4. Absent: not appraised, or not what such an attester can support. File system, storage
// and sourced data are never appraised here. Which finding makes which value stands in docs/attest.md.
struct TrustVector {
  std::optional<int8_t> instance_identity, configuration, executables, hardware, runtime_opaque;
  bool operator==(const TrustVector&) const = default;
};

// Of this result alone, without its layers.
TrustVector trust_vector(const VerificationResult& result);

// contraindicated for refused and malformed, none for undetermined, at best the worst value of the vector for
// accepted: affirming, or warning where the policy let something pass that AR4SI warns of. Covers the layers.
TrustTier trust_tier(const VerificationResult& result);

struct AttestationResultOptions {
  Time issued{};                        // iat: now
  std::chrono::seconds lifetime{3600};  // exp is this much later
  Time judged{};                        // the time as of which the evidence was judged
  std::optional<Bytes> nonce;  // as it was demanded of the evidence: 8 to 64 bytes (RFC 9711, section 4.1)
  std::string policy_id;       // names the policy; empty: there was none
  std::array<uint8_t, 32> evidence_sha256{};
  std::string developer = "Strongroom", build = "strongroom";  // ear_verifier_id
};

// `key_pem`: a private key of P-256, P-384 or P-521 (ES256, ES384, ES512), PEM, not encrypted.
// kInvalidArgument on other keys and on nonces of other lengths.
Result<std::string> sign_result_jwt(const VerificationResult& result, const AttestationResultOptions& options,
                                    std::string_view key_pem);
Result<Bytes> sign_result_cwt(const VerificationResult& result, const AttestationResultOptions& options,
                              std::string_view key_pem);

}  // namespace strongroom::attest
