#include "attest/intel/quote_claims.h"

#include <fmt/format.h>

namespace strongroom::attest::intel {
namespace {

template <size_t N>
Bytes copy(const std::array<uint8_t, N>& bytes) {
  return Bytes(bytes.begin(), bytes.end());
}

void fill(const EnclaveReport& report, Claims& claims) {
  claims.tee = "sgx";
  claims.measurement = copy(report.mrenclave);
  claims.signer = copy(report.mrsigner);
  claims.product_id = report.isv_prod_id;
  claims.svn = report.isv_svn;
  claims.debug = report.debug();
  claims.report_data = copy(report.report_data);
  claims.vendor["sgx.cpu_svn"] = copy(report.cpu_svn);
  claims.vendor["sgx.misc_select"] = uint64_t{report.misc_select};
  claims.vendor["sgx.attributes"] = copy(report.attributes);
  claims.vendor["sgx.isv_ext_prod_id"] = copy(report.isv_ext_prod_id);
  claims.vendor["sgx.isv_family_id"] = copy(report.isv_family_id);
  claims.vendor["sgx.config_id"] = copy(report.config_id);
  claims.vendor["sgx.config_svn"] = uint64_t{report.config_svn};
}

void fill(const TdReport& report, Claims& claims) {
  claims.tee = "tdx";
  claims.measurement = copy(report.mrtd);
  claims.debug = report.debug();
  claims.report_data = copy(report.report_data);
  claims.vendor["tdx.tee_tcb_svn"] = copy(report.tee_tcb_svn);
  claims.vendor["tdx.mrseam"] = copy(report.mrseam);
  claims.vendor["tdx.mrsigner_seam"] = copy(report.mrsigner_seam);
  claims.vendor["tdx.seam_attributes"] = copy(report.seam_attributes);
  claims.vendor["tdx.td_attributes"] = copy(report.td_attributes);
  claims.vendor["tdx.sept_ve_disable"] = (report.td_attributes[3] & 0x10) != 0;  // bit 28
  claims.vendor["tdx.migratable"] = (report.td_attributes[3] & 0x20) != 0;       // bit 29
  claims.vendor["tdx.xfam"] = copy(report.xfam);
  claims.vendor["tdx.mrconfig_id"] = copy(report.mrconfig_id);
  claims.vendor["tdx.mrowner"] = copy(report.mrowner);
  claims.vendor["tdx.mrowner_config"] = copy(report.mrowner_config);
  for (size_t i = 0; i < report.rtmr.size(); ++i)
    claims.vendor[fmt::format("tdx.rtmr{}", i)] = copy(report.rtmr[i]);
  if (!report.version_15) return;
  claims.vendor["tdx.tee_tcb_svn_2"] = copy(report.tee_tcb_svn_2);
  claims.vendor["tdx.mrservice_td"] = copy(report.mrservice_td);
}

}  // namespace

void fill_claims(const Quote& quote, Claims& claims) {
  if (quote.td) {
    fill(*quote.td, claims);
  } else {
    fill(*quote.enclave, claims);
  }
  if (quote.is_emulated()) claims.tee = kEmulatedTee;
  claims.vendor["quote.version"] = uint64_t{quote.version};
  claims.vendor["quote.qe_vendor_id"] = copy(quote.qe_vendor_id);
  claims.vendor["quote.user_data"] = copy(quote.user_data);
  claims.vendor["quote.certification_type"] = static_cast<uint64_t>(quote.certification_type);
}

void fill_platform_claims(const PckExtensions& pck, Claims& claims) {
  claims.vendor["platform.fmspc"] = copy(pck.fmspc);
  claims.vendor["platform.pce_id"] = copy(pck.pce_id);
  claims.vendor["platform.pce_svn"] = uint64_t{pck.pce_svn};
  claims.vendor["platform.cpu_svn"] = copy(pck.cpu_svn);
  claims.vendor["platform.tcb_components"] = copy(pck.component_svns);
  claims.vendor["platform.sgx_type"] = pck.sgx_type;
  claims.hardware_id = copy(pck.platform_instance_id ? *pck.platform_instance_id : pck.ppid);
  if (pck.dynamic_platform) claims.vendor["platform.dynamic"] = *pck.dynamic_platform;
  if (pck.cached_keys) claims.vendor["platform.cached_keys"] = *pck.cached_keys;
  if (pck.smt_enabled) claims.vendor["platform.smt_enabled"] = *pck.smt_enabled;
}

}  // namespace strongroom::attest::intel
