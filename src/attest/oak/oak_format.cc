#include "attest/oak/oak_format.h"

#include <fmt/format.h>

#include "attest/binding.h"
#include "attest/cmw/cmw_format.h"
#include "attest/oak/oak_evidence.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::oak {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

// `certificate` is signed by the COSE_Key `key`, which must be that of the layer below.
Result<void> signed_by(const LayerCertificate& certificate, ByteView key) {
  const auto item = parse_cbor(key);
  const auto signer = item ? read_cose_key(*item) : Result<crypto::PublicKey>(tl::unexpected(item.error()));
  if (!signer) return fail(ErrorCode::kVerificationFailed, signer.error().message);
  return verify_cose_sign1(certificate.envelope, *signer, cose_algorithm_of(signer->type()));
}

Result<void> names_its_issuer(const LayerCertificate& certificate, const std::string& below) {
  if (below.empty() || certificate.issuer == below) return {};
  return fail(ErrorCode::kVerificationFailed,
              fmt::format("it names the issuer {}, not {}", certificate.issuer, below));
}

void judge_layers(const OakEvidence& evidence, Assessment& assessment) {
  Bytes key = evidence.root_key;
  std::string subject;  // the root key has no certificate that names it
  for (size_t i = 0; i < evidence.layers.size(); ++i) {
    const LayerCertificate& layer = evidence.layers[i];
    const std::string name = fmt::format("layer{}", i + 1);
    assessment.judge(kAuthenticity, name + ".signature", signed_by(layer, key),
                     "the key of the layer below signed it");
    assessment.judge(kAuthenticity, name + ".issuer", names_its_issuer(layer, subject),
                     "it names the layer below as its issuer");
    key = layer.key;
    subject = layer.subject;
  }
  for (size_t i = 0; i < evidence.application_keys.size(); ++i) {
    const LayerCertificate& certificate = evidence.application_keys[i];
    const std::string name = fmt::format("application_key{}", i + 1);
    assessment.judge(kAuthenticity, name + ".signature", signed_by(certificate, key),
                     "the last layer's key signed it");
    assessment.judge(kAuthenticity, name + ".issuer", names_its_issuer(certificate, subject),
                     "it names the last layer as its issuer");
    const bool same = !certificate.event_digest || evidence.layers.empty() ||
                      certificate.event_digest == evidence.layers.back().event_digest;
    assessment.expect(same, kAuthenticity, name + ".event", "it is about what the last layer loaded",
                      "it is about another event than the last layer's");
  }
}

// An event counts by the digest that a layer's certificate gives, and no layer's may be held back.
Result<void> replay(const OakEvidence& evidence) {
  size_t next = 0;
  for (size_t i = 0; i < evidence.layers.size(); ++i) {
    const auto& digest = evidence.layers[i].event_digest;
    if (!digest) continue;
    if (next == evidence.events.size())
      return fail(ErrorCode::kVerificationFailed, fmt::format("the event of layer {} is missing", i + 1));
    if (!equal(crypto::sha256(evidence.events[next++]), *digest))
      return fail(ErrorCode::kVerificationFailed, fmt::format("the event of layer {} is another", i + 1));
  }
  if (next != evidence.events.size())
    return fail(ErrorCode::kVerificationFailed, "there are events that no layer measured");
  return {};
}

void fill_claims(const OakEvidence& evidence, Claims& claims) {
  for (size_t i = 0; i < evidence.layers.size(); ++i)
    if (const auto& digest = evidence.layers[i].event_digest)
      claims.vendor[fmt::format("oak.layer{}.event", i + 1)] = *digest;
  for (size_t i = 0; i < evidence.application_keys.size(); ++i)
    claims.vendor[fmt::format("oak.application_key{}", i + 1)] = evidence.application_keys[i].key;
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto evidence = parse_oak(bytes);
  if (!evidence) {
    assessment.malformed(evidence.error());
    return;
  }
  cmw::unwrap("oak", evidence->report, options, assessment);
  fill_claims(*evidence, assessment.result.claims);
  if (options == nullptr) return;
  assessment.expect(binds_hash(assessment.result.claims.report_data, crypto::sha256(evidence->root_key)),
                    kAuthenticity, "root.binding", "the report's data are the hash of the first layer's key",
                    "the report's data are not the hash of the first layer's key");
  judge_layers(*evidence, assessment);
  assessment.judge(kAuthenticity, "eventlog.replay", replay(*evidence),
                   "every event is one that a layer measured");
}

}  // namespace

constinit const EvidenceFormat kOakFormat = {
    "oak", "evidence of Project Oak: a report of SNP or TDX, and DICE layers", looks_like_oak,
    decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::oak
