// EDBGRD and EDBGWR, a debugger's access to enclaves with ATTRIBUTES.DEBUG.
#include <cstring>

#include "core/encls.h"

namespace strongroom::sgx {
namespace {

using arch::LeafStatus;
using arch::PageType;

constexpr uint64_t kTcsLimit = 72;  // SGX_TCS_LIMIT: the fields that software may see

Outcome check(const EpcPage& page, uint64_t offset) {
  if (offset % 8 != 0 || offset >= arch::kPageSize) return general_protection();
  if (!page.epcm.valid) return epcm_fault(0);
  if (page.epcm.type != PageType::kRegular && page.epcm.type != PageType::kTcs) return epcm_fault(0);
  if (page.epcm.pending || page.epcm.modified) return LeafStatus::kPageNotDebuggable;
  return LeafStatus::kSuccess;
}

bool permits_debug(const EpcPage& page) {
  return (page.epcm.secs->enclave->secs.attributes.flags & arch::kAttributeDebug) != 0;
}

}  // namespace

Outcome edbgrd(const EpcPage& page, uint64_t offset, uint64_t& value) {
  const Outcome outcome = check(page, offset);
  if (!outcome || *outcome != LeafStatus::kSuccess) return outcome;
  if (page.epcm.type == PageType::kTcs && offset >= kTcsLimit) return general_protection();
  if (!permits_debug(page)) return general_protection();
  std::memcpy(&value, page.bytes + offset, sizeof(value));
  return LeafStatus::kSuccess;
}

Outcome edbgwr(EpcPage& page, uint64_t offset, uint64_t value) {
  const Outcome outcome = check(page, offset);
  if (!outcome || *outcome != LeafStatus::kSuccess) return outcome;
  if (page.epcm.type == PageType::kTcs && offset != offsetof(arch::Tcs, flags)) return general_protection();
  if (!permits_debug(page)) return general_protection();
  std::memcpy(page.bytes + offset, &value, sizeof(value));
  return LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
