#include "arch/key_dependencies.h"

#include "arch/fixed_bytes.h"

namespace strongroom::arch {
namespace {

// REQUIRED_SEALING_MASK: attributes that no request can leave out.
constexpr Attributes kRequiredMask = {kAttributeInit | kAttributeDebug, 0};

// What EINITTOKEN, PROVISION, PROVISION_SEAL and SEAL keys have in common.
KeyDependencies start_masked(const EnclaveIdentity& enclave, const KeyRequest& request) {
  KeyDependencies out{};
  out.key_name = request.key_name;
  out.isv_svn = request.isv_svn;
  out.attributes = (request.attribute_mask | kRequiredMask) & enclave.attributes;
  out.misc_select = request.misc_mask & enclave.misc_select;
  out.cet_attributes = request.cet_attributes_mask & enclave.cet_attributes;
  copy_bytes(out.cpu_svn, request.cpu_svn);
  return out;
}

void add_masks(KeyDependencies& out, const KeyRequest& request) {
  out.attribute_mask = request.attribute_mask;
  out.misc_mask = ~request.misc_mask;
  out.cet_attributes_mask = request.cet_attributes_mask;
}

// The policies that SEAL and PROVISION_SEAL share.
void add_policies(KeyDependencies& out, const EnclaveIdentity& enclave, const KeyRequest& request) {
  out.key_policy = request.key_policy;
  if ((request.key_policy & kPolicyNoIsvProdId) == 0) out.isv_prod_id = enclave.isv_prod_id;
  if ((request.key_policy & kPolicyConfigId) != 0) {
    copy_bytes(out.config_id, enclave.config_id);
    out.config_svn = request.config_svn;
  }
  if ((request.key_policy & kPolicyIsvFamilyId) != 0) copy_bytes(out.isv_family_id, enclave.isv_family_id);
  if ((request.key_policy & kPolicyIsvExtProdId) != 0)
    copy_bytes(out.isv_ext_prod_id, enclave.isv_ext_prod_id);
}

}  // namespace

KeyDependencies seal_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                  const KeyRequest& request) {
  KeyDependencies out = start_masked(enclave, request);
  add_masks(out, request);
  add_policies(out, enclave, request);
  if ((request.key_policy & kPolicyMrenclave) != 0) copy_bytes(out.mrenclave, enclave.mrenclave);
  if ((request.key_policy & kPolicyMrsigner) != 0) copy_bytes(out.mrsigner, enclave.mrsigner);
  copy_bytes(out.key_id, request.key_id);
  copy_bytes(out.owner_epoch, platform.owner_epoch);
  copy_bytes(out.seal_fuses, platform.secret.seal_fuses);
  return out;
}

KeyDependencies einit_token_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                         const KeyRequest& request) {
  KeyDependencies out = start_masked(enclave, request);
  out.isv_prod_id = enclave.isv_prod_id;
  copy_bytes(out.mrsigner, enclave.mrsigner);
  copy_bytes(out.key_id, request.key_id);
  copy_bytes(out.owner_epoch, platform.owner_epoch);
  copy_bytes(out.seal_fuses, platform.secret.seal_fuses);
  return out;
}

KeyDependencies provision_dependencies(const EnclaveIdentity& enclave, const KeyRequest& request) {
  KeyDependencies out = start_masked(enclave, request);
  add_masks(out, request);
  out.isv_prod_id = enclave.isv_prod_id;
  copy_bytes(out.mrsigner, enclave.mrsigner);
  return out;
}

KeyDependencies provision_seal_dependencies(const Platform& platform, const EnclaveIdentity& enclave,
                                            const KeyRequest& request) {
  KeyDependencies out = start_masked(enclave, request);
  add_masks(out, request);
  add_policies(out, enclave, request);
  copy_bytes(out.mrsigner, enclave.mrsigner);
  copy_bytes(out.seal_fuses, platform.secret.seal_fuses);
  return out;
}

KeyDependencies report_dependencies(const Platform& platform, const TargetInfo& target, const KeyId& key_id) {
  KeyDependencies out{};
  out.key_name = KeyName::kReport;
  out.attributes = target.attributes;
  out.misc_select = target.misc_select;
  out.cet_attributes = target.cet_attributes;
  out.config_svn = target.config_svn;
  copy_bytes(out.config_id, target.config_id);
  copy_bytes(out.mrenclave, target.mrenclave);
  copy_bytes(out.key_id, key_id);
  copy_bytes(out.cpu_svn, platform.cpu_svn);
  copy_bytes(out.owner_epoch, platform.owner_epoch);
  copy_bytes(out.seal_fuses, platform.secret.seal_fuses);
  return out;
}

}  // namespace strongroom::arch
