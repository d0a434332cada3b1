#include "attest/cmw/ra_tls.h"

#include <fmt/format.h>

#include "attest/cbor.h"
#include "attest/cmw/cmw_format.h"
#include "crypto/chain.h"
#include "crypto/digest.h"
#include "crypto/pem.h"

namespace strongroom::attest::cmw {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;
constexpr const char* kInteroperable = "2.23.133.5.4.9";
// Gramine before the interoperable form (its OID really begins with 0.6), and Intel's SDK and Open Enclave.
constexpr const char* kBare[] = {"0.6.9.42.840.113741.1337.6", "1.2.840.113741.1337.6",
                                 "1.2.840.113741.1.13.1"};
constexpr uint64_t kEvidenceTag = 60000;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "RA-TLS certificate: " + std::move(why));
}

// DER first: the quotes in certificates hold PEM.
std::optional<crypto::Certificate> certificate_of(ByteView bytes) {
  if (bytes.size() < 64) return std::nullopt;
  if (bytes[0] == 0x30) {
    auto certificate = crypto::Certificate::from_der(bytes);
    return certificate ? std::optional(std::move(*certificate)) : std::nullopt;
  }
  if (as_text(bytes).find("-----BEGIN CERTIFICATE-----") == std::string_view::npos) return std::nullopt;
  const auto certificates = crypto::certificates_from_pem(bytes, 1);
  return certificates ? std::optional(certificates->front()) : std::nullopt;
}

bool recognises(ByteView bytes) {
  const auto certificate = certificate_of(bytes);
  if (!certificate) return false;
  const auto carried = carried_evidence(*certificate);
  return carried || carried.error().code != ErrorCode::kNotFound;
}

// Hash algorithms of the IANA registry "Named Information Hash Algorithm".
Result<Bytes> key_hash(uint64_t algorithm, ByteView key) {
  const auto copy = [](const auto& digest) { return Bytes(digest.begin(), digest.end()); };
  switch (algorithm) {
    case 1:
      return copy(crypto::sha256(key));
    case 7:
      return copy(crypto::sha384(key));
    case 8:
      return copy(crypto::sha512(key));
    default:
      return fail(ErrorCode::kVerificationFailed,
                  fmt::format("hash algorithm {} of the key is not known", algorithm));
  }
}

bool begins_with(ByteView bytes, ByteView prefix) {
  return bytes.size() >= prefix.size() && equal(bytes.first(prefix.size()), prefix);
}

void judge(ByteView bytes, const VerificationOptions* options, Assessment& assessment) {
  const auto certificate = certificate_of(bytes);
  const auto carried = certificate ? carried_evidence(*certificate)
                                   : Result<CarriedEvidence>(malformed("it is no certificate"));
  if (!carried) {
    assessment.malformed(carried.error());
    return;
  }
  unwrap("ra-tls", carried->evidence, options, assessment);
  if (options == nullptr) return;
  const auto& report_data = assessment.result.claims.report_data;
  assessment.judge(kAuthenticity, "ra_tls.binding",
                   report_data ? check_key_binding(*carried, *certificate, *report_data)
                               : fail(ErrorCode::kVerificationFailed,
                                      "the evidence has no report data, and so binds no key"),
                   "the evidence is about the certificate's key");
  assessment.expect(certificate->is_signed_by(*certificate), kAuthenticity, "ra_tls.signature",
                    "the certificate's own key signed it", "another key than its own signed the certificate");
  assessment.expect(certificate->validity().contains(options->time), kAuthenticity, "ra_tls.validity",
                    "the certificate is valid at the chosen time",
                    "the certificate is not valid at the chosen time");
}

}  // namespace

Result<CarriedEvidence> carried_evidence(const crypto::Certificate& certificate) {
  if (const auto extension = certificate.extension(kInteroperable)) {
    const CborItem item = TRY_IN("RA-TLS certificate", parse_cbor(*extension));
    if (item.type != CborType::kTag || item.number != kEvidenceTag ||
        item.items[0].type != CborType::kArray || item.items[0].items.size() != 2)
      return malformed("its extension is not [evidence, claims] under tag 60000");
    const CborItem &evidence = item.items[0].items[0], &claims = item.items[0].items[1];
    if (evidence.type != CborType::kBytes || claims.type != CborType::kBytes)
      return malformed("its evidence and claims are no byte strings");
    return CarriedEvidence{to_bytes(evidence.string()), to_bytes(claims.string())};
  }
  for (const char* oid : kBare)
    // Certificates of Intel's own carry other things under such identifiers: a quote begins with its version.
    // A certificate in a certificate would be looked into as deep as its sender likes.
    if (const auto extension = certificate.extension(oid);
        extension && !extension->empty() && extension->front() != 0x30 && detect(*extension) != nullptr)
      return CarriedEvidence{to_bytes(*extension), std::nullopt};
  return fail(ErrorCode::kNotFound, "RA-TLS certificate: it carries no evidence");
}

Result<void> check_key_binding(const CarriedEvidence& carried, const crypto::Certificate& certificate,
                               ByteView report_data) {
  const Bytes key = certificate.key().spki();
  if (!carried.claims) {
    if (begins_with(report_data, crypto::sha256(key))) return {};
    return fail(ErrorCode::kVerificationFailed,
                "the report data do not begin with the hash of the certificate's key");
  }
  if (!begins_with(report_data, crypto::sha256(*carried.claims)))
    return fail(ErrorCode::kVerificationFailed, "the report data do not begin with the hash of the claims");
  const auto claims = parse_cbor(*carried.claims);
  const CborItem* entry = claims ? claims->find("pubkey-hash") : nullptr;
  if (entry == nullptr || entry->type != CborType::kBytes)
    return fail(ErrorCode::kVerificationFailed, "the claims hold no hash of the key");
  const auto pair = parse_cbor(entry->string());
  if (!pair || pair->type != CborType::kArray || pair->items.size() != 2 ||
      pair->items[0].type != CborType::kUnsigned || pair->items[1].type != CborType::kBytes)
    return fail(ErrorCode::kVerificationFailed, "the hash of the key is not [algorithm, value]");
  if (!equal(TRY(key_hash(pair->items[0].number, key)), pair->items[1].string()))
    return fail(ErrorCode::kVerificationFailed, "the claims are about another key than the certificate's");
  return {};
}

constinit const EvidenceFormat kRaTlsFormat = {"ra-tls", "RA-TLS certificates, PEM or DER", recognises,
                                               decode_by<judge>, verify_by<judge>};

}  // namespace strongroom::attest::cmw
