#include "attest/intel/pcs_collateral.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "attest/intel/emulated.h"
#include "attest/intel/pck.h"
#include "attest/revocation.h"
#include "base/encoding.h"

namespace strongroom::attest::intel {
namespace {

// Only this certificate's key signs documents; a PCK or an authority under the same root does not
// (PCS API version 4, TCB-Info-Issuer-Chain).
constexpr std::string_view kSignerName = "Intel SGX TCB Signing";

bool may_sign_documents(const crypto::Certificate& certificate) {
  const std::string& name = certificate.common_name();
  return (name == kSignerName || name == kEmulatedTcbSigner) && !certificate.is_authority() &&
         certificate.may_sign_data() && certificate.key().type() == crypto::KeyType::kP256 &&
         !certificate.extension(kSgxExtensionsOid);
}

// What the cache knows a signed document by: its body and its signature.
Bytes concatenated(const SignedBody& body) {
  Bytes out(body.digest.begin(), body.digest.end());
  out.insert(out.end(), body.signature.begin(), body.signature.end());
  return out;
}

// The chain of the certificate that signed `body`; one that is valid at the time is preferred.
Result<crypto::Chain> find_signer(const SignedBody& body, const crypto::Certificate& root,
                                  const VerificationOptions& options) {
  const CollateralContents& collateral = collateral_of(options);
  std::vector<crypto::Certificate> candidates = collateral.certificates;
  candidates.push_back(root);
  // No other root than the platform's own, however much the caller trusts it for other platforms.
  auto roots = trusted_roots(Vendor::kIntel, options);
  std::erase_if(roots, [&](const auto& one) { return one.fingerprint != root.key_fingerprint(); });
  const crypto::Sha256Digest document = crypto::sha256(concatenated(body));
  std::optional<crypto::Chain> expired;
  Error why{ErrorCode::kNotFound,
            fmt::format("the certificate \"{}\" is not in the collateral", kSignerName)};
  for (const crypto::Certificate& certificate : collateral.certificates) {
    if (!may_sign_documents(certificate)) continue;
    const bool good = crypto::holds(cache_of(options), document, certificate.key_fingerprint(), [&] {
      const auto outcome = crypto::verify_ecdsa_digest(certificate.key(), body.digest, body.signature);
      if (!outcome) why = outcome.error();
      return outcome.has_value();
    });
    if (!good) continue;
    auto chain = crypto::build_chain(certificate, candidates, roots, options.time, cache_of(options));
    if (!chain) {
      why = chain.error();
    } else if (crypto::check_validity(*chain, options.time)) {
      return std::move(*chain);
    } else {
      expired = std::move(*chain);
    }
  }
  if (expired) return std::move(*expired);
  return tl::unexpected<Error>(why);
}

template <typename Document>
void newest_first(std::vector<const Document*>& documents, Time time) {
  std::stable_sort(documents.begin(), documents.end(), [time](const Document* a, const Document* b) {
    const bool a_valid = a->validity.contains(time), b_valid = b->validity.contains(time);
    if (a_valid != b_valid) return a_valid;
    if (a->evaluation_number != b->evaluation_number) return a->evaluation_number > b->evaluation_number;
    return a->validity.from > b->validity.from;
  });
}

template <typename Document>
const Document* use_newest(std::vector<const Document*> documents, const crypto::Certificate& root,
                           const VerificationOptions& options, std::string_view prefix,
                           Assessment& assessment) {
  newest_first(documents, options.time);
  const auto check = [&](std::string_view name) { return fmt::format("{}.{}", prefix, name); };
  Error why;
  for (const Document* document : documents) {
    const auto signer = find_signer(document->signed_body, root, options);
    if (!signer) {
      why = signer.error();
      continue;
    }
    assessment.keep_chain(options, prefix, *signer);
    assessment.pass(Concern::kTcb, check("signature"),
                    fmt::format("signed by {}, chained to {}", signer->leaf().common_name(), signer->root));
    const Result<void> chain_valid = crypto::check_validity(*signer, options.time);
    if (!document->validity.contains(options.time)) {
      assessment.miss(Concern::kTcb, check("validity"),
                      fmt::format("the newest document at hand is valid from {} to {} only",
                                  crypto::time_text(document->validity.from),
                                  crypto::time_text(document->validity.until)));
    } else if (!chain_valid) {
      assessment.miss(Concern::kTcb, check("validity"), chain_valid.error().message);
    } else {
      assessment.pass(Concern::kTcb, check("validity"),
                      fmt::format("tcbEvaluationDataNumber {}, valid until {}", document->evaluation_number,
                                  crypto::time_text(document->validity.until)));
    }
    judge_revocation(*signer, options, check("revocation"), RevocationNeed::kRequired, assessment);
    return document;
  }
  assessment.judge(Concern::kTcb, check("signature"), tl::unexpected<Error>(why), "");
  return nullptr;
}

}  // namespace

const TcbInfo* use_tcb_info(bool tdx, const PckExtensions& pck, const crypto::Certificate& root,
                            const VerificationOptions& options, Assessment& assessment) {
  std::vector<const TcbInfo*> fitting;
  for (const TcbInfo& info : collateral_of(options).tcb_infos)
    if (info.tdx == tdx && info.fmspc == pck.fmspc && info.pce_id == pck.pce_id) fitting.push_back(&info);
  if (fitting.empty()) {
    assessment.miss(Concern::kTcb, "tcb_info.match",
                    fmt::format("no {} TCB info for FMSPC {} and PCE id {} in the collateral",
                                tdx ? "TDX" : "SGX", to_hex(pck.fmspc), to_hex(pck.pce_id)));
    return nullptr;
  }
  return use_newest(std::move(fitting), root, options, "tcb_info", assessment);
}

const EnclaveIdentity* use_enclave_identity(std::string_view id, const crypto::Certificate& root,
                                            const VerificationOptions& options, Assessment& assessment) {
  std::vector<const EnclaveIdentity*> fitting;
  for (const EnclaveIdentity& identity : collateral_of(options).enclave_identities)
    if (identity.id == id) fitting.push_back(&identity);
  if (fitting.empty()) {
    assessment.miss(Concern::kTcb, "qe_identity.match", fmt::format("no identity {} in the collateral", id));
    return nullptr;
  }
  return use_newest(std::move(fitting), root, options, "qe_identity", assessment);
}

}  // namespace strongroom::attest::intel
