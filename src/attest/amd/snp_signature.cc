#include "attest/amd/snp_signature.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/amd/snp_key.h"
#include "attest/certificate_chain.h"
#include "base/encoding.h"

namespace strongroom::attest::amd {
namespace {

using crypto::Certificate;
constexpr auto kAuthenticity = Concern::kAuthenticity;

bool chip_masked(const SnpReport& report) {
  return std::all_of(report.chip_id.begin(), report.chip_id.end(), [](uint8_t byte) { return byte == 0; });
}

// From Turin on the id has 8 bytes, and zeros follow it in the report.
bool same_chip(const SnpReport& report, const SnpKey& key) {
  std::array<uint8_t, 64> padded{};
  std::copy(key.hardware_id.begin(), key.hardware_id.end(), padded.begin());
  return report.chip_id == padded;
}

bool same_tcb(const SnpReport& report, const SnpKey& key) {
  TcbVersion components = report.reported_tcb;
  components.raw = {};
  return components == key.tcb;
}

Result<void> signed_by(const SnpReport& report, const Certificate& certificate) {
  if (certificate.key().type() != crypto::KeyType::kP384)
    return fail(ErrorCode::kVerificationFailed, fmt::format("{} has no P-384 key", certificate.subject()));
  return crypto::verify_ecdsa(certificate.key(), crypto::HashAlgorithm::kSha384, report.signed_bytes,
                              report.signature);
}

// The one certificate whose key signed the report. Those that name its chip, TCB and kind are tried first;
// one that names them but did not sign it means a wrong signature, and so does a single other one. Among
// several others the right one is merely not at hand.
Result<Certificate> find_key(const SnpReport& report, const std::vector<Certificate>& candidates) {
  std::vector<const Certificate*> fitting, others;
  for (const Certificate& certificate : candidates) {
    if (!is_snp_key(certificate)) continue;
    const auto key = parse_snp_key(certificate);
    const bool fits = key && same_tcb(report, *key) &&
                      static_cast<uint8_t>(key->kind) == report.signing_key &&
                      (key->kind == SigningKey::kVlek || same_chip(report, *key));
    (fits ? fitting : others).push_back(&certificate);
  }
  constexpr size_t kMaximumTries = 16;
  if (fitting.size() > kMaximumTries) fitting.resize(kMaximumTries);
  if (others.size() > kMaximumTries) others.resize(kMaximumTries);
  for (const auto* list : {&fitting, &others})
    for (const Certificate* certificate : *list)
      if (signed_by(report, *certificate)) return *certificate;
  const Certificate* blamed = !fitting.empty()     ? fitting.front()
                              : others.size() == 1 ? others.front()
                                                   : nullptr;
  if (blamed != nullptr)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the report's signature does not verify with the key of {}", blamed->subject()));
  return fail(ErrorCode::kNotFound,
              fmt::format("no certificate of the key that signed the report (of chip {}) is at hand",
                          to_hex(report.chip_id)));
}

// AMD names the authorities: SEV-PRODUCT issues VCEKs, SEV-VLEK-PRODUCT issues VLEKs.
Result<void> check_issuer(const crypto::Chain& chain, const SnpReport& report, const SnpKey& key) {
  const Certificate& authority = chain.certificates[1];
  std::string_view product = authority.common_name();
  const std::string_view prefix = key.kind == SigningKey::kVlek ? "SEV-VLEK-" : "SEV-";
  const bool for_vleks = product.starts_with("SEV-VLEK-");
  if (chain.certificates.size() != 3 || !product.starts_with(prefix) ||
      for_vleks != (key.kind == SigningKey::kVlek))
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("{} does not issue such keys", authority.subject()));
  product.remove_prefix(prefix.size());
  if (chain.certificates[2].common_name() != fmt::format("ARK-{}", product))
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("{} is not the root of {}", chain.certificates[2].subject(), product));
  // "Milan-B0" of the leaf is of the family "Milan"; version 2 does not say what it runs on.
  if (!key.product.starts_with(product))
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the key's product {} is not of {}", key.product, product));
  if (report.version >= 3 && to_string(report.product) != product)
    return fail(ErrorCode::kVerificationFailed,
                fmt::format("the report's processor is {}, the key's authority is of {}",
                            to_string(report.product), product));
  return {};
}

void judge_binding(const SnpReport& report, const SnpKey& key, Assessment& assessment) {
  assessment.expect(static_cast<uint8_t>(key.kind) == report.signing_key, kAuthenticity, "key.kind",
                    "the key is of the kind that the report names",
                    key.kind == SigningKey::kVlek ? "the key is a VLEK, but the report does not say so"
                                                  : "the key is a VCEK, but the report does not say so");
  assessment.expect(same_tcb(report, key), kAuthenticity, "key.tcb", "the key belongs to REPORTED_TCB",
                    "the key belongs to another TCB than REPORTED_TCB");
  if (key.kind == SigningKey::kVlek) {
    assessment.skip(kAuthenticity, "key.chip", "a VLEK belongs to a cloud provider, not to a chip");
    assessment.result.claims.vendor["snp.csp_id"] = key.csp_id;
  } else if (chip_masked(report)) {
    assessment.skip(kAuthenticity, "key.chip", "the host masks CHIP_ID");
    assessment.result.claims.hardware_id = key.hardware_id;
  } else {
    assessment.expect(same_chip(report, key), kAuthenticity, "key.chip",
                      "the key belongs to the report's chip", "the key belongs to another chip than CHIP_ID");
  }
}

}  // namespace

void verify_signature(const SnpReport& report, std::span<const Certificate> carried,
                      const VerificationOptions& options, Assessment& assessment) {
  if (report.signing_key != static_cast<uint8_t>(SigningKey::kVcek) &&
      report.signing_key != static_cast<uint8_t>(SigningKey::kVlek)) {
    assessment.fail(kAuthenticity, "report.signature",
                    fmt::format("the report is not signed: SIGNING_KEY is {}", report.signing_key));
    return;
  }
  const std::vector<Certificate> candidates = with_collateral(carried, options);
  const Result<Certificate> leaf = find_key(report, candidates);
  if (!leaf) {
    assessment.judge(kAuthenticity, "report.signature", tl::unexpected<Error>(leaf.error()), "");
    return;
  }
  assessment.pass(kAuthenticity, "report.signature",
                  fmt::format("the key of {} signed the report", leaf->subject()));
  const auto key = parse_snp_key(*leaf);
  if (!key) {
    assessment.fail(kAuthenticity, "key.extensions", key.error().message);
    return;
  }
  judge_binding(report, *key, assessment);

  judge_chain(*leaf, candidates,
              {.roots = trusted_roots(Vendor::kAmd, options),
               .chain = "key.chain",
               .validity = "key.validity",
               .revocation = "key.revocation",
               .about = "the key",
               .valid = "every certificate of the key's chain is valid at the chosen time",
               .kept = "key",
               .fits = [&](const auto& chain) { return check_issuer(chain, report, *key); }},
              options, assessment);
}

}  // namespace strongroom::attest::amd
