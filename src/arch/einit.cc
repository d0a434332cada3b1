#include "arch/einit.h"

#include "arch/fixed_bytes.h"

namespace strongroom::arch {
namespace {

bool valid_for_ecreate(const EinitInput& input) {
  const uint64_t flags = input.attributes.flags;
  const bool uses_kss = !all_zero(input.config_id) || input.config_svn != 0;
  return (flags & ~kAttributeKnownFlags) == 0 && (flags & kAttributeInit) == 0 &&
         is_legal_xfrm(input.attributes.xfrm) && (input.misc_select & ~kMiscKnown) == 0 &&
         (!uses_kss || (flags & kAttributeKss) != 0);
}

bool owner_permits(const EinitInput& input) {
  const uint64_t flags = input.attributes.flags;
  return ((flags & kAttributeProvisionKey) == 0 || input.provisioning_permitted) &&
         ((flags & kAttributeEinitTokenKey) == 0 || input.launch_key_permitted);
}

bool signer_permits(const Sigstruct& sigstruct, const EinitInput& input) {
  return (input.attributes & sigstruct.attribute_mask) == (sigstruct.attributes & sigstruct.attribute_mask) &&
         (input.misc_select & sigstruct.misc_mask) == (sigstruct.misc_select & sigstruct.misc_mask);
}

LeafStatus status_of(SigstructFault fault) {
  switch (fault) {
    case SigstructFault::kModulus:
    case SigstructFault::kSignature:
    case SigstructFault::kQuotients:
      return LeafStatus::kInvalidSignature;
    default:
      return LeafStatus::kInvalidSigstruct;
  }
}

}  // namespace

LeafResult<EnclaveIdentity> einit(const Sigstruct& sigstruct, const EinitInput& input) {
  if (!valid_for_ecreate(input)) return fail_leaf(LeafStatus::kGeneralProtection);
  if (const auto fault = find_fault(sigstruct)) return fail_leaf(status_of(*fault));
  const auto family_id = std::to_array(sigstruct.isv_family_id);
  if (!all_zero(family_id) && (input.attributes.flags & kAttributeKss) == 0)
    return fail_leaf(LeafStatus::kInvalidSigstruct);
  if (enclave_measurement(sigstruct) != input.measurement) return fail_leaf(LeafStatus::kInvalidMeasurement);
  if (!owner_permits(input) || !signer_permits(sigstruct, input))
    return fail_leaf(LeafStatus::kInvalidAttribute);

  EnclaveIdentity identity;
  identity.mrenclave = input.measurement;
  identity.mrsigner = signer_identity(sigstruct);
  identity.attributes = {input.attributes.flags | kAttributeInit, input.attributes.xfrm};
  identity.misc_select = input.misc_select;
  identity.isv_prod_id = sigstruct.isv_prod_id;
  identity.isv_svn = sigstruct.isv_svn;
  identity.config_id = input.config_id;
  identity.config_svn = input.config_svn;
  identity.isv_family_id = family_id;
  identity.isv_ext_prod_id = std::to_array(sigstruct.isv_ext_prod_id);
  return identity;
}

std::string_view to_string(LeafStatus status) {
  switch (status) {
    case LeafStatus::kSuccess:
      return "success";
    case LeafStatus::kInvalidSigstruct:
      return "the SIGSTRUCT is malformed or unsigned; sign the image again";
    case LeafStatus::kInvalidAttribute:
      return "the signer or the owner of the platform does not permit these attributes (a debug launch needs "
             "an image "
             "signed for it)";
    case LeafStatus::kInvalidMeasurement:
      return "the pages are not those that were signed; build and sign the image again";
    case LeafStatus::kInvalidSignature:
      return "the signature does not hold; sign the image again";
    case LeafStatus::kMacCompareFail:
      return "the MAC does not hold";
    case LeafStatus::kInvalidCpuSvn:
      return "the key belongs to a newer version of the platform";
    case LeafStatus::kInvalidIsvSvn:
      return "the key belongs to a newer version of the enclave or of its configuration";
    case LeafStatus::kInvalidKeyName:
      return "there is no key of that name";
    case LeafStatus::kGeneralProtection:
      return "the request is malformed: reserved bits, unknown attributes, or fields that need KSS";
    default:
      return "the instruction failed";
  }
}

}  // namespace strongroom::arch
