#include "core/encls.h"

namespace strongroom::sgx {

Outcome eextend(EpcPage& secs, EpcPage& page, uint64_t offset) {
  constexpr size_t kChunk = 256;
  if (offset % kChunk != 0 || offset >= arch::kPageSize) return general_protection();
  if (!page.epcm.valid) return epcm_fault(0);
  if (page.epcm.type != arch::PageType::kRegular && page.epcm.type != arch::PageType::kTcs)
    return epcm_fault(0);
  if (page.epcm.secs != &secs) return general_protection();
  Enclave& enclave = *secs.enclave;
  if (enclave.initialized()) return general_protection();
  const uint64_t enclave_offset = page.epcm.address - enclave.secs.base_address + offset;
  if (!enclave.measurement.extend(enclave_offset, ByteView(page.bytes + offset, kChunk)))
    return general_protection();
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
