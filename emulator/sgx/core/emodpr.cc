#include "core/encls.h"
#include "core/secinfo.h"

namespace strongroom::sgx {

Outcome emodpr(EpcPage& page, const arch::Secinfo& secinfo) {
  if (has_reserved(secinfo) || !has_consistent_permissions(secinfo)) return general_protection();
  if (!page.epcm.valid) return epcm_fault(0, Access::kWrite);
  // A trimmed page whose removal was accepted gives the page fault below: Linux asks that way.
  if (page.epcm.pending || page.epcm.modified) return arch::LeafStatus::kPageNotModifiable;
  if (page.epcm.type != arch::PageType::kRegular) return epcm_fault(0, Access::kWrite);
  const Enclave& enclave = *page.epcm.secs->enclave;
  if (!enclave.initialized()) return general_protection();

  page.epcm.permissions_restricted = true;
  page.epcm.changed_in = enclave.tracking.epoch;
  page.epcm.permissions &= permissions(secinfo);
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
