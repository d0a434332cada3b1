#include "arch/report.h"

#include "arch/fixed_bytes.h"

namespace strongroom::arch {
namespace {

ReportBody describe(const Platform& platform, const EnclaveIdentity& enclave) {
  ReportBody out{};
  copy_bytes(out.cpu_svn, platform.cpu_svn);
  out.misc_select = enclave.misc_select;
  out.cet_attributes = enclave.cet_attributes;
  copy_bytes(out.isv_ext_prod_id, enclave.isv_ext_prod_id);
  out.attributes = enclave.attributes;
  copy_bytes(out.mrenclave, enclave.mrenclave);
  copy_bytes(out.mrsigner, enclave.mrsigner);
  copy_bytes(out.config_id, enclave.config_id);
  out.isv_prod_id = enclave.isv_prod_id;
  out.isv_svn = enclave.isv_svn;
  out.config_svn = enclave.config_svn;
  copy_bytes(out.isv_family_id, enclave.isv_family_id);
  return out;
}

crypto::CmacTag mac_of(const ReportBody& body, const EnclaveKey& key) {
  return crypto::aes128_cmac(key, object_bytes(body));
}

}  // namespace

TargetInfo target_info(const ReportBody& body) {
  TargetInfo out{};
  copy_bytes(out.mrenclave, body.mrenclave);
  out.attributes = body.attributes;
  out.cet_attributes = body.cet_attributes;
  out.config_svn = body.config_svn;
  out.misc_select = body.misc_select;
  copy_bytes(out.config_id, body.config_id);
  return out;
}

bool has_reserved(const TargetInfo& target) {
  return target.reserved1 != 0 || !all_zero(target.reserved2) || !all_zero(target.reserved3);
}

LeafResult<Report> ereport(const Platform& platform, const EnclaveIdentity& enclave, const TargetInfo& target,
                           const ReportData& report_data) {
  if (has_reserved(target)) return fail_leaf(LeafStatus::kGeneralProtection);
  Report out{};
  out.body = describe(platform, enclave);
  copy_bytes(out.body.report_data, report_data);
  copy_bytes(out.key_id, platform.report_key_id);
  EnclaveKey key = derive_report_key(platform, target, platform.report_key_id);
  copy_bytes(out.mac, mac_of(out.body, key));
  wipe(key);
  return out;
}

bool has_valid_mac(const Report& report, const EnclaveKey& report_key) {
  return crypto::equal_in_constant_time(mac_of(report.body, report_key), report.mac);
}

bool is_report_for(const Platform& platform, const EnclaveIdentity& target, const Report& report) {
  LeafResult<EnclaveKey> key = egetkey(platform, target, make_report_request(report));
  const bool valid = key && has_valid_mac(report, *key);
  if (key) wipe(*key);
  return valid;
}

}  // namespace strongroom::arch
