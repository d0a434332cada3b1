#include "attest/x509/certificate_format.h"

#include <fmt/format.h>

#include "attest/certificate_chain.h"
#include "crypto/chain.h"
#include "crypto/pem.h"

namespace strongroom::attest::x509 {
namespace {

// One certificate in DER, or PEM with the certificate first and its authorities behind it.
Result<std::vector<crypto::Certificate>> certificates_of(ByteView bytes) {
  if (!bytes.empty() && bytes[0] == 0x30)
    return std::vector<crypto::Certificate>{TRY(crypto::Certificate::from_der(bytes))};
  return crypto::certificates_from_pem(bytes);
}

bool recognises(ByteView bytes) {
  if (bytes.size() < 64) return false;
  if (bytes[0] == 0x30) return crypto::Certificate::from_der(bytes).has_value();
  return as_text(bytes).starts_with("-----BEGIN CERTIFICATE-----");
}

std::optional<std::vector<crypto::Certificate>> read(ByteView bytes, Assessment& assessment) {
  auto certificates = certificates_of(bytes);
  if (!certificates) {
    assessment.malformed(certificates.error());
    return std::nullopt;
  }
  Claims& claims = assessment.result.claims;
  const crypto::Certificate& leaf = certificates->front();
  claims.vendor["certificate.subject"] = leaf.subject();
  claims.vendor["certificate.issuer"] = leaf.issuer();
  claims.vendor["certificate.serial"] = leaf.serial();
  claims.vendor["certificate.from"] = crypto::time_text(leaf.validity().from);
  claims.vendor["certificate.until"] = crypto::time_text(leaf.validity().until);
  claims.vendor["certificate.key_sha256"] =
      Bytes(leaf.key_fingerprint().begin(), leaf.key_fingerprint().end());
  assessment.pass(Concern::kForm, "form", "the certificate is X.509, version 3");
  return std::move(*certificates);
}

void decode(ByteView bytes, Assessment& assessment) {
  read(bytes, assessment);
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto certificates = read(bytes, assessment);
  if (!certificates) return;
  assessment.miss(Concern::kFreshness, "certificate.evidence",
                  "a certificate by itself is evidence of nothing that runs: give what its key has signed");
  std::vector<crypto::TrustedKey> roots = trusted_roots(Vendor::kIntel, options);
  for (const Vendor vendor :
       {Vendor::kAmd, Vendor::kAws, Vendor::kNvidiaDevice, Vendor::kNvidiaRim, Vendor::kTpm}) {
    const auto more = trusted_roots(vendor, options);
    roots.insert(roots.end(), more.begin(), more.end());
  }
  judge_chain(certificates->front(), with_collateral(*certificates, options),
              {.roots = std::move(roots),
               .chain = "certificate.chain",
               .validity = "certificate.validity",
               .revocation = "certificate.revocation",
               .kept = "certificate"},
              options, assessment);
}

}  // namespace

constinit const EvidenceFormat kCertificateFormat = {"x509-certificate", "certificates by themselves",
                                                     recognises, decode, verify};

}  // namespace strongroom::attest::x509
