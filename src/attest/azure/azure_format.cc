#include "attest/azure/azure_format.h"

#include <fmt/format.h>

#include "attest/amd/snp_format.h"
#include "attest/azure/azure_evidence.h"
#include "attest/binding.h"
#include "attest/intel/quote.h"
#include "attest/intel/quote_format.h"

namespace strongroom::attest::azure {
namespace {

constexpr auto kAuthenticity = Concern::kAuthenticity;

void fill_claims(const AzureEvidence& evidence, Claims& claims) {
  claims.tee = evidence.hcl.kind == HardwareReport::kSnp ? "sev-snp" : "tdx";
  claims.vendor["azure.vm_configuration"] = evidence.hcl.configuration;
  claims.vendor["azure.user_data"] = evidence.hcl.user_data;
  if (!evidence.quote) return;
  if (const auto quote = tpm::parse_tpm_quote(evidence.quote->message)) {
    // PCRs that the quote does not select are nobody's word.
    for (const auto& [bank, values] : tpm::selected_pcrs(*quote, {{tpm::kAlgSha256, evidence.quote->pcrs}}))
      for (const auto& [index, value] : values) claims.vendor[fmt::format("tpm.pcr{}", index)] = value;
    claims.nonce = quote->extra_data;
    claims.vendor["tpm.reset_count"] = uint64_t{quote->reset_count};
    claims.vendor["tpm.restart_count"] = uint64_t{quote->restart_count};
    claims.vendor["tpm.firmware_version"] = quote->firmware_version;
  }
}

std::optional<AzureEvidence> read(ByteView bytes, Assessment& assessment) {
  auto evidence = parse_azure(bytes);
  if (!evidence) {
    assessment.malformed(evidence.error());
    return std::nullopt;
  }
  fill_claims(*evidence, assessment.result.claims);
  assessment.result.format = evidence->quote ? "azure-cvm-evidence" : "azure-hcl-report";
  return std::move(*evidence);
}

void decode(ByteView bytes, Assessment& assessment) {
  if (read(bytes, assessment))
    assessment.pass(Concern::kForm, "form", "the evidence has the form that its senders give it");
}

// The hardware's own evidence, judged into the same assessment. The nonce is the vTPM quote's affair.
std::optional<Bytes> judge_hardware(const AzureEvidence& evidence, const VerificationOptions& given,
                                    Assessment& assessment) {
  VerificationOptions options = given;
  options.nonce.reset();
  if (evidence.hcl.kind == HardwareReport::kSnp) {
    const auto report = amd::parse_report(evidence.hcl.hardware_report);
    if (!report) {
      assessment.malformed(report.error());
      return std::nullopt;
    }
    amd::fill_claims(*report, assessment.result.claims);
    amd::judge_report(*report, evidence.certificates, options, assessment);
    // What runs beside the paravisor may have reports about runtime data of its own making.
    assessment.expect(report->vmpl == 0, kAuthenticity, "report.vmpl",
                      "the paravisor, at VMPL 0, asked for the report",
                      fmt::format("the report was asked for at VMPL {}: not by the paravisor, who alone "
                                  "speaks for the vTPM",
                                  report->vmpl));
    return Bytes(report->report_data.begin(), report->report_data.end());
  }
  if (!evidence.td_quote) {
    assessment.miss(
        kAuthenticity, "td_quote",
        "an HCL report of TDX holds a TDREPORT, which only its own machine can check: a TD quote is needed");
    return std::nullopt;
  }
  const auto quote = intel::parse_quote(*evidence.td_quote);
  if (!quote || !quote->td) {
    assessment.malformed(quote ? Error{ErrorCode::kMalformed, "td_quote is a quote of SGX"}
                               : quote.error().in("td_quote"));
    return std::nullopt;
  }
  intel::kQuoteFormat.verify(*evidence.td_quote, options, assessment);
  return Bytes(quote->td->report_data.begin(), quote->td->report_data.end());
}

void judge_vtpm(const AzureEvidence& evidence, const VerificationOptions& options, Assessment& assessment) {
  const auto quote = tpm::parse_tpm_quote(evidence.quote->message);
  if (!quote) {
    assessment.malformed(quote.error());
    return;
  }
  assessment.judge(kAuthenticity, "vtpm.signature",
                   crypto::verify_rsa_pkcs1(evidence.hcl.attestation_key, crypto::HashAlgorithm::kSha256,
                                            evidence.quote->message, evidence.quote->signature),
                   "the attestation key of the runtime data signed the vTPM's quote");
  assessment.judge(kAuthenticity, "vtpm.pcrs",
                   tpm::check_pcr_digest(*quote, {{tpm::kAlgSha256, evidence.quote->pcrs}},
                                         *tpm::find_hash(tpm::kAlgSha256)),
                   "the PCR values are those that were quoted");
  assessment.check_nonce(options, quote->extra_data, "the vTPM quote's extraData");
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  const auto evidence = read(bytes, assessment);
  if (!evidence) return;
  const std::string format = assessment.result.format;
  const std::optional<Bytes> report_data = judge_hardware(*evidence, options, assessment);
  assessment.result.format = format;
  assessment.pass(Concern::kForm, "form", "the evidence has the form that its senders give it");
  if (report_data)
    // So it vouches for the vTPM's attestation key, which stands in the runtime data.
    assessment.expect(binds_hash(report_data, evidence->hcl.runtime_hash), kAuthenticity,
                      "runtime_data.binding", "the hardware's report data is the hash of the runtime data",
                      "the hardware's report data is not the hash of the runtime data");
  if (evidence->quote) {
    judge_vtpm(*evidence, options, assessment);
  } else {
    assessment.check_nonce_prefix(options, evidence->hcl.user_data, "user-data");
  }
}

}  // namespace

constinit const EvidenceFormat kAzureFormat = {
    "azure", "Azure confidential VMs: HCL reports, alone or with a vTPM quote", looks_like_azure, decode,
    verify};

}  // namespace strongroom::attest::azure
