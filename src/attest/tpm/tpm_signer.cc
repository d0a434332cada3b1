#include "attest/tpm/tpm_signer.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/certificate_chain.h"
#include "attest/format.h"
#include "crypto/chain.h"

namespace strongroom::attest::tpm {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr size_t kMaximumCandidates = 64;

Result<void> signed_all(const TpmEvidence& evidence, const crypto::PublicKey& key) {
  for (const SignedQuote& quote : evidence.quotes) {
    const TpmSignature signature = TRY(parse_tpm_signature(quote.signature));
    TRY(verify_tpm_signature(signature, key, quote.message));
  }
  return {};
}

std::vector<crypto::Certificate> certificates_of(const TpmEvidence& evidence,
                                                 const VerificationOptions& options, Assessment& assessment) {
  std::vector<crypto::Certificate> out;
  for (const Bytes& der : evidence.certificates) {
    auto certificate = crypto::parse_certificate(der, cache_of(options));
    if (certificate) {
      out.push_back(std::move(*certificate));
    } else {
      assessment.malformed(certificate.error().in("certificate of the TPM evidence"));
    }
  }
  return with_collateral(out, options);
}

// tcg-kp-EKCertificate, 2.23.133.8.1 (TCG EK Credential Profile, section 3.2.16), as DER inside of
// extKeyUsage: such a key decrypts, and its certificate vouches for no signature.
bool is_endorsement(const crypto::Certificate& certificate) {
  constexpr std::array<uint8_t, 7> kEndorsement = {0x06, 0x05, 0x67, 0x81, 0x05, 0x08, 0x01};
  const auto usage = certificate.extension("2.5.29.37");
  return usage &&
         std::search(usage->begin(), usage->end(), kEndorsement.begin(), kEndorsement.end()) != usage->end();
}

// Google's attestation keys bear the purpose of endorsement keys, but say that they sign.
Result<void> is_of_attestation_key(const crypto::Chain& chain) {
  const std::string otherwise = "the certificate is none of an attestation key";
  if (is_endorsement(chain.leaf()) && !chain.leaf().extension("2.5.29.15"))
    return fail(ErrorCode::kVerificationFailed, otherwise);
  return leaf_signs_data(chain, otherwise);
}

void judge_key_chain(const crypto::Certificate& leaf, const std::vector<crypto::Certificate>& candidates,
                     const VerificationOptions& options, Assessment& assessment) {
  judge_chain(leaf, candidates,
              {.roots = trusted_roots(Vendor::kTpm, options),
               .chain = "ak.trust",
               .validity = "ak.certificate.validity",
               .revocation = "ak.certificate.revocation",
               .about = "the attestation key's certificate",
               .kept = "ak.certificate",
               .fits = is_of_attestation_key},
              options, assessment);
}

// Keys that the caller gave: bare, in key sets, and as TPMs marshal them.
struct GivenKey {
  crypto::PublicKey key;
  std::optional<TpmPublic> area;
};
std::vector<GivenKey> given_keys(const CollateralContents& collateral) {
  std::vector<GivenKey> keys;
  for (const Document& document : collateral.documents)
    if (looks_like_tpm_public(document.content))
      if (auto area = parse_tpm_public(document.content)) keys.push_back({area->key, *area});
  for (const crypto::PublicKey& key : collateral.public_keys) keys.push_back({key, std::nullopt});
  for (const Jwk& key : collateral.json_web_keys) keys.push_back({key.key, std::nullopt});
  if (keys.size() > kMaximumCandidates) keys.resize(kMaximumCandidates, keys.front());
  return keys;
}

void judge_attributes(const TpmPublic& area, Assessment& assessment) {
  assessment.expect(area.attestation_key(), kAuthenticity, "ak.attributes",
                    "the key is restricted: it signs only what the TPM itself has made",
                    "the key is not restricted to its TPM: it may have signed a quote that no TPM made");
}

// The key that comes with the evidence; whether it is believed is asked afterwards.
void judge_embedded(const TpmEvidence& evidence, const VerificationOptions& options, Assessment& assessment) {
  const auto area = parse_tpm_public(*evidence.attestation_key);
  if (!area) {
    assessment.malformed(area.error());
    return;
  }
  assessment.result.claims.vendor["tpm.ak_name"] = area->name;
  assessment.judge(kAuthenticity, "quote.signature", signed_all(evidence, area->key),
                   "the attestation key signed every quote");
  judge_attributes(*area, assessment);
  const crypto::Sha256Digest fingerprint = area->key.fingerprint();
  const auto certificates = certificates_of(evidence, options, assessment);
  for (const crypto::Certificate& certificate : certificates)
    if (certificate.key_fingerprint() == fingerprint)
      return judge_key_chain(certificate, certificates, options, assessment);
  for (const GivenKey& given : given_keys(collateral_of(options)))
    if (given.key.fingerprint() == fingerprint) {
      assessment.result.claims.root = "given-keys";
      assessment.pass(kAuthenticity, "ak.trust", "the attestation key was given by the caller");
      return;
    }
  assessment.miss(kAuthenticity, "ak.trust",
                  "nobody vouches for the attestation key: give its certificate, or the key itself after "
                  "credential activation");
}

void judge_separate(const TpmEvidence& evidence, const VerificationOptions& options, Assessment& assessment) {
  if (evidence.quotes.front().signature.empty()) {
    assessment.miss(kAuthenticity, "quote.signature", "the quote's signature (TPMT_SIGNATURE) was not given");
    return;
  }
  Error why{ErrorCode::kNotFound, "no attestation key or certificate was given"};
  const auto signed_by = [&](const crypto::PublicKey& key) {
    const auto outcome = signed_all(evidence, key);
    if (!outcome) why = outcome.error();
    return outcome.has_value();
  };
  for (const GivenKey& given : given_keys(collateral_of(options))) {
    if (!signed_by(given.key)) continue;
    assessment.pass(kAuthenticity, "quote.signature", "a given attestation key signed the quote");
    if (given.area) judge_attributes(*given.area, assessment);
    assessment.pass(kAuthenticity, "ak.trust", "the attestation key was given by the caller");
    assessment.result.claims.root = "given-keys";
    return;
  }
  const auto certificates = certificates_of(evidence, options, assessment);
  size_t tried = 0;
  for (const crypto::Certificate& certificate : certificates) {
    if (certificate.is_authority()) continue;
    if (++tried > kMaximumCandidates) break;
    if (!signed_by(certificate.key())) continue;
    assessment.pass(kAuthenticity, "quote.signature", "the key of a certificate signed every quote");
    return judge_key_chain(certificate, certificates, options, assessment);
  }
  assessment.judge(kAuthenticity, "quote.signature", tl::unexpected<Error>(why), "");
}

// An endorsement certificate says that a genuine TPM has its key, not that the attestation key is in that
// TPM: only credential activation, which leaves no trace in evidence, ties the two.
void note_endorsement(const TpmEvidence& evidence, const VerificationOptions& options,
                      Assessment& assessment) {
  if (!evidence.endorsement_certificate) return;
  const auto leaf = crypto::parse_certificate(*evidence.endorsement_certificate, cache_of(options));
  if (!leaf) {
    assessment.malformed(leaf.error().in("endorsement certificate"));
    return;
  }
  const auto chain =
      crypto::build_chain(*leaf, collateral_of(options).certificates, trusted_roots(Vendor::kTpm, options),
                          options.time, cache_of(options));
  const std::string tie =
      "; it does not vouch for the attestation key, which only credential activation does";
  if (chain && crypto::check_validity(*chain, options.time)) {
    assessment.pass(Concern::kGuard, "ek.certificate",
                    fmt::format("the endorsement certificate chains to {}{}", chain->root, tie));
  } else {
    assessment.warn(Concern::kGuard, "ek.certificate", "the endorsement certificate has no known root" + tie);
  }
}

}  // namespace

void judge_signer(const TpmEvidence& evidence, const VerificationOptions& options, Assessment& assessment) {
  evidence.attestation_key ? judge_embedded(evidence, options, assessment)
                           : judge_separate(evidence, options, assessment);
  for (const SignedQuote& quote : evidence.quotes)
    if (const auto signature = parse_tpm_signature(quote.signature);
        signature && signature->hash.id == kAlgSha1) {
      assessment.warn(kAuthenticity, "quote.signature_hash", "the signature is over SHA-1, which is broken");
      break;
    }
  note_endorsement(evidence, options, assessment);
}

}  // namespace strongroom::attest::tpm
