#include "attest/intel/report_body.h"

#include <fmt/format.h>

namespace strongroom::attest::intel {

Result<EnclaveReport> parse_enclave_report(ByteView bytes) {
  ByteReader reader(bytes);
  EnclaveReport report;
  report.cpu_svn = TRY(reader.array<16>("CPUSVN"));
  report.misc_select = TRY(reader.little<uint32_t>("MISCSELECT"));
  TRY(reader.skip(12, "reserved"));
  report.isv_ext_prod_id = TRY(reader.array<16>("ISVEXTPRODID"));
  report.attributes = TRY(reader.array<16>("ATTRIBUTES"));
  report.mrenclave = TRY(reader.array<32>("MRENCLAVE"));
  TRY(reader.skip(32, "reserved"));
  report.mrsigner = TRY(reader.array<32>("MRSIGNER"));
  TRY(reader.skip(32, "reserved"));
  report.config_id = TRY(reader.array<64>("CONFIGID"));
  report.isv_prod_id = TRY(reader.little<uint16_t>("ISVPRODID"));
  report.isv_svn = TRY(reader.little<uint16_t>("ISVSVN"));
  report.config_svn = TRY(reader.little<uint16_t>("CONFIGSVN"));
  TRY(reader.skip(42, "reserved"));
  report.isv_family_id = TRY(reader.array<16>("ISVFAMILYID"));
  report.report_data = TRY(reader.array<64>("REPORTDATA"));
  TRY(reader.expect_end("enclave report"));
  return report;
}

Result<TdReport> parse_td_report(ByteView bytes) {
  if (bytes.size() != kTdReport10Size && bytes.size() != kTdReport15Size)
    return fail(ErrorCode::kMalformed, fmt::format("a TD report has no {} bytes", bytes.size()));
  ByteReader reader(bytes);
  TdReport report;
  report.tee_tcb_svn = TRY(reader.array<16>("TEE_TCB_SVN"));
  report.mrseam = TRY(reader.array<48>("MRSEAM"));
  report.mrsigner_seam = TRY(reader.array<48>("MRSIGNERSEAM"));
  report.seam_attributes = TRY(reader.array<8>("SEAMATTRIBUTES"));
  report.td_attributes = TRY(reader.array<8>("TDATTRIBUTES"));
  report.xfam = TRY(reader.array<8>("XFAM"));
  report.mrtd = TRY(reader.array<48>("MRTD"));
  report.mrconfig_id = TRY(reader.array<48>("MRCONFIGID"));
  report.mrowner = TRY(reader.array<48>("MROWNER"));
  report.mrowner_config = TRY(reader.array<48>("MROWNERCONFIG"));
  for (auto& rtmr : report.rtmr) rtmr = TRY(reader.array<48>("RTMR"));
  report.report_data = TRY(reader.array<64>("REPORTDATA"));
  if (bytes.size() == kTdReport15Size) {
    report.version_15 = true;
    report.tee_tcb_svn_2 = TRY(reader.array<16>("TEE_TCB_SVN_2"));
    report.mrservice_td = TRY(reader.array<48>("MRSERVICETD"));
  }
  return report;
}

}  // namespace strongroom::attest::intel
