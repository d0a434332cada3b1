#include "core/encls.h"
#include "core/secinfo.h"

namespace strongroom::sgx {

using arch::PageType;

Outcome emodt(EpcPage& page, const arch::Secinfo& secinfo) {
  const PageType type = arch::page_type(secinfo);
  if (has_reserved(secinfo) || (type != PageType::kTcs && type != PageType::kTrim))
    return general_protection();
  if (!page.epcm.valid) return epcm_fault(0, Access::kWrite);
  const bool regular = page.epcm.type == PageType::kRegular;
  const bool trims_tcs = page.epcm.type == PageType::kTcs && type == PageType::kTrim;
  if (!regular && !trims_tcs) return epcm_fault(0, Access::kWrite);
  if (page.epcm.pending || page.epcm.modified) return arch::LeafStatus::kPageNotModifiable;
  const Enclave& enclave = *page.epcm.secs->enclave;
  if (!enclave.initialized()) return general_protection();

  page.epcm.permissions_restricted = false;
  page.epcm.modified = true;
  page.epcm.permissions = arch::kNoAccess;
  page.epcm.type = type;
  page.epcm.changed_in = enclave.tracking.epoch;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
