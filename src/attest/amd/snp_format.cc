#include "attest/amd/snp_format.h"

#include <fmt/format.h>

#include "attest/amd/certificate_table.h"
#include "attest/amd/snp_signature.h"

namespace strongroom::attest::amd {
namespace {

struct Evidence {
  SnpReport report;
  CertificateTable table;
};

std::optional<Evidence> read(ByteView bytes, Assessment& assessment) {
  auto report = parse_report(bytes.first(kReportSize));
  if (!report) {
    assessment.malformed(report.error());
    return std::nullopt;
  }
  assessment.result.format = fmt::format("snp-report-v{}", report->version);
  fill_claims(*report, assessment.result.claims);
  Evidence evidence{std::move(*report), {}};
  if (bytes.size() > kReportSize) {
    auto table = parse_certificate_table(bytes.subspan(kReportSize));
    if (!table) {
      assessment.malformed(table.error().in("after the report"));
      return std::nullopt;
    }
    evidence.table = std::move(*table);
  }
  assessment.pass(Concern::kForm, "form", "the report has the form that its version prescribes");
  return evidence;
}

void decode(ByteView bytes, Assessment& assessment) {
  read(bytes, assessment);
}

void verify(ByteView bytes, const VerificationOptions& options, Assessment& assessment) {
  if (const auto evidence = read(bytes, assessment))
    judge_report(evidence->report, evidence->table.certificates, options, assessment);
}

}  // namespace

constinit const EvidenceFormat kSnpFormat = {
    "snp-report", "AMD SEV-SNP attestation reports, versions 2, 3 and 5", looks_like_report, decode, verify};

void judge_report(const SnpReport& report, std::span<const crypto::Certificate> carried,
                  const VerificationOptions& options, Assessment& assessment) {
  assessment.expect(!report.debug(), Concern::kGuard, "debug", "the guest policy forbids debugging",
                    "the guest policy allows debugging: the host reads and changes the guest");
  if (report.policy_bit(18))
    assessment.warn(Concern::kGuard, "migration", "the guest policy lets a migration agent move the guest");
  if (!report.reported_tcb.reached_by(report.current_tcb))
    assessment.warn(Concern::kTcb, "tcb.order", "REPORTED_TCB is newer than CURRENT_TCB");
  assessment.check_nonce_prefix(options, report.report_data, "REPORT_DATA");
  verify_signature(report, carried, options, assessment);
}

}  // namespace strongroom::attest::amd
