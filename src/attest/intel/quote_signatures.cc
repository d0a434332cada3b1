#include "attest/intel/quote_signatures.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/certificate_chain.h"
#include "attest/intel/quote_claims.h"
#include "base/encoding.h"
#include "crypto/der.h"
#include "crypto/pem.h"

namespace strongroom::attest::intel {
namespace {

using crypto::Certificate;

constexpr auto kAuthenticity = Concern::kAuthenticity;

// A certificate that the collateral has, too, is not parsed again: the same bytes are the same certificate.
Result<Certificate> known_or_parsed(ByteView der, const CollateralContents& collateral,
                                    crypto::SignatureCache* cache) {
  const auto known =
      std::find_if(collateral.certificates.begin(), collateral.certificates.end(),
                   [&](const Certificate& certificate) { return equal(certificate.der(), der); });
  if (known != collateral.certificates.end()) return *known;
  return crypto::parse_certificate(der, cache);
}

// The certificates of a chain: PEM as Intel's quoting library writes it, or DER one after the other.
Result<std::vector<Certificate>> read_chain(ByteView chain, const CollateralContents& collateral,
                                            crypto::SignatureCache* cache) {
  std::vector<Certificate> out;
  if (!chain.empty() && chain.front() == crypto::kDerSequence) {
    for (const ByteView der : crypto::split_der(chain)) {
      if (out.size() == 16) return fail(ErrorCode::kMalformed, "more than 16 certificates");
      out.push_back(TRY(known_or_parsed(der, collateral, cache)));
    }
  } else {
    for (const crypto::PemBlock& block : TRY(crypto::read_pem(chain, true, 16))) {
      if (block.label != "CERTIFICATE")
        return fail(ErrorCode::kMalformed, fmt::format("a certificate was expected, found {}", block.label));
      out.push_back(TRY(known_or_parsed(block.content, collateral, cache)));
    }
  }
  if (out.empty()) return fail(ErrorCode::kMalformed, "no certificate in it");
  return out;
}

// Certificates that the quote itself carries: a chain in whatever order, or one leaf.
Result<std::vector<Certificate>> certificates_in(const Quote& quote, const CollateralContents& collateral,
                                                 crypto::SignatureCache* cache) {
  switch (quote.certification_type) {
    case CertificationType::kPckChain:
      return read_chain(quote.certification_data, collateral, cache);
    case CertificationType::kPckLeaf: {
      if (auto leaf = Certificate::from_der(quote.certification_data)) return std::vector<Certificate>{*leaf};
      return crypto::certificates_from_pem(quote.certification_data, 1);
    }
    default:
      return std::vector<Certificate>{};
  }
}

// A quoting enclave has one report for all its quotes: with a cache its signature is checked once. What is
// remembered is report and signature together, so that another signature of it is another fact.
Result<void> signed_by_pck(const Quote& quote, const Certificate& pck, crypto::SignatureCache* cache) {
  if (pck.key().type() != crypto::KeyType::kP256)
    return fail(ErrorCode::kVerificationFailed, "the PCK is no P-256 key");
  crypto::Sha256 digest;
  digest.update(quote.qe_report_bytes);
  digest.update(quote.qe_report_signature);
  Result<void> outcome;
  const bool good = crypto::holds(cache, digest.finish(), pck.key_fingerprint(), [&] {
    outcome = crypto::verify_ecdsa(pck.key(), crypto::HashAlgorithm::kSha256, quote.qe_report_bytes,
                                   quote.qe_report_signature);
    return outcome.has_value();
  });
  return good ? Result<void>() : outcome;
}

// The PCK certificate: the one that the quote carries or, where it only names the platform, the one of the
// collateral whose key signed the QE report (the name itself, PPID and SVNs, is not signed).
Result<Certificate> find_pck(const Quote& quote, const std::vector<Certificate>& carried,
                             const CollateralContents& collateral, crypto::SignatureCache* cache) {
  if (!carried.empty()) {
    const auto is_pck = [](const Certificate& certificate) { return is_pck_certificate(certificate); };
    if (std::count_if(carried.begin(), carried.end(), is_pck) != 1)
      return fail(ErrorCode::kVerificationFailed, "the quote does not carry exactly one PCK certificate");
    return *std::find_if(carried.begin(), carried.end(), is_pck);
  }
  bool any = false;
  for (const Certificate& certificate : collateral.certificates) {
    if (!is_pck_certificate(certificate)) continue;
    any = true;
    if (signed_by_pck(quote, certificate, cache)) return certificate;
  }
  return fail(
      ErrorCode::kNotFound,
      fmt::format("the quote carries no PCK certificate (certification data type {}), and {}",
                  static_cast<int>(quote.certification_type),
                  any ? "none of the collateral signed its QE report" : "there is none in the collateral"));
}

// The attestation key is the one that the quoting enclave vouches for: REPORTDATA is SHA-256(key ||
// authentication data) and 32 zero bytes.
bool qe_vouches_for_key(const Quote& quote) {
  crypto::Sha256 digest;
  digest.update(quote.attestation_key);
  digest.update(quote.qe_authentication_data);
  std::array<uint8_t, 64> expected{};
  const crypto::Sha256Digest hash = digest.finish();
  std::copy(hash.begin(), hash.end(), expected.begin());
  return quote.qe_report.report_data == expected;
}

// Intel names the authorities that issue PCK certificates (PCK Certificate Profile, sections 1.3.1 to 1.3.4).
Result<void> check_pck_issuer(const crypto::Chain& chain, bool emulated) {
  const std::string& issuer = chain.certificates[1].common_name();
  const bool may_issue =
      emulated ? issuer == kEmulatedPlatformCa
               : issuer == "Intel SGX PCK Platform CA" || issuer == "Intel SGX PCK Processor CA";
  if (chain.certificates.size() != 3 || !may_issue)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("{} does not issue PCK certificates", chain.certificates[1].subject()));
  return {};
}

}  // namespace

std::optional<Platform> verify_signatures(const Quote& quote, const VerificationOptions& options,
                                          Assessment& assessment) {
  // The three links that the quote itself makes.
  const auto key = crypto::parse_point(crypto::KeyType::kP256, quote.attestation_key, cache_of(options));
  const Result<void> signature =
      key ? crypto::verify_ecdsa(*key, crypto::HashAlgorithm::kSha256, quote.signed_bytes, quote.signature)
          : fail(ErrorCode::kVerificationFailed, "the attestation key is no point of P-256");
  assessment.judge(kAuthenticity, "quote.signature", signature, "the attestation key signed the quote");
  assessment.expect(qe_vouches_for_key(quote), kAuthenticity, "qe_report.data",
                    "the quoting enclave vouches for the attestation key",
                    "the QE report's data is not the hash of attestation key and authentication data");

  const CollateralContents& collateral = collateral_of(options);
  const auto carried = certificates_in(quote, collateral, cache_of(options));
  if (!carried) {
    assessment.malformed(carried.error().in("certification data"));
    return std::nullopt;
  }
  const Result<Certificate> pck = find_pck(quote, *carried, collateral, cache_of(options));
  if (!pck) {
    assessment.judge(kAuthenticity, "pck.chain", tl::unexpected<Error>(pck.error()), "");
    return std::nullopt;
  }
  assessment.judge(kAuthenticity, "qe_report.signature", signed_by_pck(quote, *pck, cache_of(options)),
                   "the platform's PCK signed the QE report");

  auto judged =
      judge_chain(*pck, with_collateral(*carried, options),
                  {.roots = trusted_roots(Vendor::kIntel, options),
                   .chain = "pck.chain",
                   .validity = "pck.validity",
                   .revocation = "pck.revocation",
                   .about = "the PCK certificate",
                   .valid = "every certificate of the PCK chain is valid at the chosen time",
                   .need = RevocationNeed::kRequired,
                   .kept = "pck",
                   .fits = [&](const auto& chain) { return check_pck_issuer(chain, quote.is_emulated()); }},
                  options, assessment);
  if (!judged || !judged->fits) return std::nullopt;

  const auto extension = pck->extension(kSgxExtensionsOid);
  auto extensions = extension ? parse_pck_extensions(*extension)
                              : fail(ErrorCode::kMalformed, "PCK extensions are missing");
  if (!extensions) {
    assessment.fail(kAuthenticity, "pck.extensions", extensions.error().message);
    return std::nullopt;
  }
  fill_platform_claims(*extensions, assessment.result.claims);
  return Platform{std::move(*extensions), std::move(judged->chain)};
}

}  // namespace strongroom::attest::intel
