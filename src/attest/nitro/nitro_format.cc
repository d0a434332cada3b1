#include "attest/nitro/nitro_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/certificate_chain.h"
#include "attest/nitro/nitro_document.h"

namespace strongroom::attest::nitro {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

bool is_zero(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

// In debug mode PCR 0 to 2 are zero (AWS, "Cryptographic attestation"): whoever can read the console sees
// all.
bool debug(const NitroDocument& document) {
  for (const unsigned index : {0U, 1U, 2U})
    if (const auto pcr = document.pcrs.find(index); pcr == document.pcrs.end() || is_zero(pcr->second))
      return true;
  return false;
}

void fill_claims(const NitroDocument& document, Claims& claims) {
  claims.tee = "nitro";
  claims.debug = debug(document);
  claims.report_data = document.user_data;
  claims.nonce = document.nonce;
  for (const auto& [index, value] : document.pcrs) {
    claims.vendor[fmt::format("nitro.pcr{}", index)] = value;
    if (index == 0) claims.measurement = value;
    // PCR 8 is the hash of the certificate that signed the image; zero where nobody signed it.
    if (index == 8 && !is_zero(value)) claims.signer = value;
  }
  claims.vendor["nitro.module_id"] = document.module_id;
  claims.vendor["nitro.timestamp_ms"] = document.timestamp;
  claims.vendor["nitro.public_key"] = document.public_key;
  claims.vendor["nitro.user_data"] = document.user_data;
}

std::optional<NitroDocument> read(ByteView evidence, crypto::SignatureCache* cache, Assessment& assessment) {
  auto document = parse_document(evidence, cache);
  if (!document) {
    assessment.malformed(document.error());
    return std::nullopt;
  }
  fill_claims(*document, assessment.result.claims);
  assessment.pass(Concern::kForm, "form", "the document has the form that AWS prescribes");
  return std::move(*document);
}

void decode(ByteView evidence, Assessment& assessment) {
  read(evidence, nullptr, assessment);
}

void verify(ByteView evidence, const VerificationOptions& options, Assessment& assessment) {
  const auto document = read(evidence, cache_of(options), assessment);
  if (!document) return;
  const crypto::Certificate& leaf = document->certificates.front();
  assessment.judge(kAuthenticity, "document.signature",
                   verify_cose_sign1(document->envelope, leaf.key(), kCoseEs384),
                   "the key of the document's certificate signed it");
  assessment.expect(!debug(*document), Concern::kGuard, "debug", "the enclave does not run in debug mode",
                    "PCR 0, 1 or 2 is zero or missing: the enclave runs in debug mode");
  assessment.check_nonce(options, document->nonce, "nonce");

  judge_chain(leaf, with_collateral(document->certificates, options),
              {.roots = trusted_roots(Vendor::kAws, options),
               .chain = "certificate.chain",
               .validity = "certificate.validity",
               .revocation = "certificate.revocation",
               .kept = "certificate",
               .fits =
                   [](const auto& chain) {
                     return leaf_signs_data(chain, "the certificate may not sign documents");
                   }},
              options, assessment);
}

}  // namespace

constinit const EvidenceFormat kNitroFormat = {"nitro-document", "AWS Nitro Enclaves attestation documents",
                                               looks_like_document, decode, verify};

}  // namespace strongroom::attest::nitro
