#include <cstring>

#include "core/encls.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

using arch::PageType;

bool is_valid(const Enclave& enclave, const arch::Secinfo& secinfo, ByteView source) {
  if (arch::page_type(secinfo) == PageType::kRegular) return has_consistent_permissions(secinfo);
  arch::Tcs tcs;
  std::memcpy(&tcs, source.data(), sizeof(tcs));
  const bool mode64 = (enclave.secs.attributes.flags & arch::kAttributeMode64) != 0;
  return !has_reserved(tcs) && (mode64 || has_page_limits(tcs));
}

// What only the processor and a debugger may set.
void clear_processor_fields(arch::Tcs& tcs) {
  tcs.flags &= ~uint64_t{arch::kTcsDebugOptIn};
  tcs.current_ssa_frame = 0;
  tcs.aep = 0;
  tcs.state = 0;
}

}  // namespace

Outcome eadd(EpcPage& page, uint64_t address, EpcPage& secs, const arch::Secinfo& secinfo, ByteView source) {
  const PageType type = arch::page_type(secinfo);
  if (address % arch::kPageSize != 0 || source.size() != arch::kPageSize) return general_protection();
  if (has_reserved(secinfo) || (type != PageType::kRegular && type != PageType::kTcs))
    return general_protection();
  if (page.epcm.valid) return epcm_fault(0, Access::kWrite);
  if (!secs.epcm.valid || secs.epcm.type != PageType::kSecs) return epcm_fault(0);
  Enclave& enclave = *secs.enclave;
  if (!is_valid(enclave, secinfo, source)) return general_protection();
  if (!enclave.contains(address)) return general_protection();
  if (enclave.initialized()) return general_protection();
  if (!enclave.measurement.add_page(address - enclave.secs.base_address, secinfo))
    return general_protection();

  std::memcpy(page.bytes, source.data(), arch::kPageSize);
  if (type == PageType::kTcs) clear_processor_fields(page.tcs());
  page.epcm = {.valid = true,
               .type = type,
               .permissions = type == PageType::kTcs ? uint32_t{arch::kNoAccess} : permissions(secinfo),
               .address = address,
               .secs = &secs};
  ++enclave.children;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
