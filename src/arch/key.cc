#include "arch/key.h"

#include <algorithm>
#include <cstring>

#include "arch/fixed_bytes.h"
#include "arch/key_dependencies.h"

namespace strongroom::arch {
namespace {

constexpr std::string_view kLabel = "strongroom EGETKEY 1";

EnclaveKey derive(const Platform& platform, KeyDependencies& dependencies) {
  std::array<uint8_t, kLabel.size() + 1 + sizeof(KeyDependencies)> message{};
  std::memcpy(message.data(), kLabel.data(), kLabel.size());
  std::memcpy(message.data() + kLabel.size() + 1, &dependencies, sizeof(dependencies));
  crypto::Sha256Digest digest = crypto::hmac_sha256(platform.secret.device_key, message);
  EnclaveKey key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  wipe(digest);
  wipe(message);
  wipe(dependencies.seal_fuses);
  return key;
}

bool well_formed(const EnclaveIdentity& enclave, const KeyRequest& request) {
  const bool reserved =
      request.reserved1 != 0 || !all_zero(request.reserved2) || (request.key_policy & ~kPolicyKnown) != 0;
  const bool needs_kss = (request.key_policy & kPolicyNeedsKss) != 0 || request.config_svn != 0;
  return !reserved && (!needs_kss || (enclave.attributes.flags & kAttributeKss) != 0);
}

// What every key but the report key is refused for; `attribute` is the one that the key needs, or 0.
LeafStatus check(const Platform& platform, const EnclaveIdentity& enclave, const KeyRequest& request,
                 uint64_t attribute) {
  if ((enclave.attributes.flags & attribute) != attribute) return LeafStatus::kInvalidAttribute;
  if (is_beyond(std::to_array(request.cpu_svn), platform.cpu_svn)) return LeafStatus::kInvalidCpuSvn;
  if (request.isv_svn > enclave.isv_svn) return LeafStatus::kInvalidIsvSvn;
  return LeafStatus::kSuccess;
}

// The pseudocode compares CONFIGSVN for the seal key only; the text above it, for every key that has one.
LeafStatus check_with_config(const Platform& platform, const EnclaveIdentity& enclave,
                             const KeyRequest& request, uint64_t attribute) {
  const LeafStatus status = check(platform, enclave, request, attribute);
  if (status != LeafStatus::kSuccess) return status;
  return request.config_svn > enclave.config_svn ? LeafStatus::kInvalidIsvSvn : LeafStatus::kSuccess;
}

LeafResult<EnclaveKey> derive_if(LeafStatus status, const Platform& platform, KeyDependencies dependencies) {
  if (status != LeafStatus::kSuccess) {
    wipe(dependencies.seal_fuses);
    return fail_leaf(status);
  }
  return derive(platform, dependencies);
}

}  // namespace

TargetInfo target_info(const EnclaveIdentity& enclave) {
  TargetInfo out{};
  copy_bytes(out.mrenclave, enclave.mrenclave);
  out.attributes = enclave.attributes;
  out.cet_attributes = enclave.cet_attributes;
  out.config_svn = enclave.config_svn;
  out.misc_select = enclave.misc_select;
  copy_bytes(out.config_id, enclave.config_id);
  return out;
}

KeyRequest make_seal_request(const Platform& platform, const EnclaveIdentity& enclave, uint16_t key_policy,
                             const KeyId& key_id) {
  KeyRequest out{};
  out.key_name = KeyName::kSeal;
  out.key_policy = key_policy;
  out.isv_svn = enclave.isv_svn;
  out.config_svn = enclave.config_svn;
  out.attribute_mask = {~uint64_t{0}, 0};
  out.misc_mask = ~uint32_t{0};
  copy_bytes(out.cpu_svn, platform.cpu_svn);
  copy_bytes(out.key_id, key_id);
  return out;
}

KeyRequest make_report_request(const Report& report) {
  KeyRequest out{};
  out.key_name = KeyName::kReport;
  copy_bytes(out.key_id, report.key_id);
  return out;
}

EnclaveKey derive_report_key(const Platform& platform, const TargetInfo& target, const KeyId& key_id) {
  KeyDependencies dependencies = report_dependencies(platform, target, key_id);
  return derive(platform, dependencies);
}

LeafResult<EnclaveKey> egetkey(const Platform& platform, const EnclaveIdentity& enclave,
                               const KeyRequest& request) {
  if (!well_formed(enclave, request)) return fail_leaf(LeafStatus::kGeneralProtection);
  switch (request.key_name) {
    case KeyName::kEinitToken:
      return derive_if(check(platform, enclave, request, kAttributeEinitTokenKey), platform,
                       einit_token_dependencies(platform, enclave, request));
    case KeyName::kProvision:
      return derive_if(check(platform, enclave, request, kAttributeProvisionKey), platform,
                       provision_dependencies(enclave, request));
    case KeyName::kProvisionSeal:
      return derive_if(check_with_config(platform, enclave, request, kAttributeProvisionKey), platform,
                       provision_seal_dependencies(platform, enclave, request));
    case KeyName::kReport:
      return derive_report_key(platform, target_info(enclave), std::to_array(request.key_id));
    case KeyName::kSeal:
      return derive_if(check_with_config(platform, enclave, request, 0), platform,
                       seal_dependencies(platform, enclave, request));
  }
  return fail_leaf(LeafStatus::kInvalidKeyName);
}

}  // namespace strongroom::arch
