#include "arch/einit.h"

#include "arch/fixed_bytes.h"
#include "core/encls.h"

namespace strongroom::sgx {
namespace {

arch::EinitInput make_input(const Enclave& enclave, bool signer_may_launch) {
  arch::EinitInput out;
  out.measurement = enclave.measurement.current();
  out.attributes = enclave.secs.attributes;
  out.misc_select = enclave.secs.misc_select;
  out.config_id = std::to_array(enclave.secs.config_id);
  out.config_svn = enclave.secs.config_svn;
  out.provisioning_permitted = true;  // the processor leaves that to the operating system
  out.launch_key_permitted = signer_may_launch;
  return out;
}

}  // namespace

Outcome einit(const arch::Sigstruct& sigstruct, EpcPage& secs, const arch::SignerIdentity& launch_key_hash) {
  if (!secs.epcm.valid || secs.epcm.type != arch::PageType::kSecs) return epcm_fault(0);
  Enclave& enclave = *secs.enclave;
  if (enclave.initialized()) return general_protection();
  const bool signer_may_launch = arch::signer_identity(sigstruct) == launch_key_hash;
  auto identity = arch::einit(sigstruct, make_input(enclave, signer_may_launch));
  if (!identity) {
    if (identity.error() == arch::LeafStatus::kGeneralProtection) return general_protection();
    return identity.error();
  }
  if (!signer_may_launch) return arch::LeafStatus::kInvalidEinitToken;

  arch::copy_bytes(enclave.secs.mrenclave, identity->mrenclave);
  arch::copy_bytes(enclave.secs.mrsigner, identity->mrsigner);
  enclave.secs.isv_prod_id = identity->isv_prod_id;
  enclave.secs.isv_svn = identity->isv_svn;
  enclave.identity = std::move(*identity);
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
