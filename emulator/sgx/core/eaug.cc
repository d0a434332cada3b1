#include <cstring>

#include "core/encls.h"

namespace strongroom::sgx {

Outcome eaug(EpcPage& page, uint64_t address, EpcPage& secs) {
  if (address % arch::kPageSize != 0) return general_protection();
  if (page.epcm.valid) return epcm_fault(0, Access::kWrite);
  if (!secs.epcm.valid || secs.epcm.type != arch::PageType::kSecs) return epcm_fault(0);
  Enclave& enclave = *secs.enclave;
  if (!enclave.initialized()) return general_protection();
  if (!enclave.contains(address)) return general_protection();

  std::memset(page.bytes, 0, arch::kPageSize);
  page.epcm = {.valid = true,
               .type = arch::PageType::kRegular,
               .permissions = arch::kRead | arch::kWrite,
               .pending = true,
               .address = address,
               .secs = &secs};
  ++enclave.children;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
