#include "core/encls.h"

namespace strongroom::sgx {

using arch::LeafStatus;
using arch::PageType;

Outcome eremove(EpcPage& page) {
  if (!page.epcm.valid) return LeafStatus::kSuccess;
  if (page.epcm.type == PageType::kSecs) {
    if (page.enclave->children != 0) return LeafStatus::kChildPresent;
    page.enclave.reset();
    page.epcm = {};
    return LeafStatus::kSuccess;
  }
  Enclave& enclave = *page.epcm.secs->enclave;
  // A page whose removal the enclave has accepted may go while threads are inside.
  const bool trimmed = page.epcm.type == PageType::kTrim && !page.epcm.modified;
  if (!trimmed && enclave.tracking.threads() != 0) return LeafStatus::kEnclaveActive;
  --enclave.children;
  page.epcm = {};
  return LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
