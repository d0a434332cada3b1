#include <cstring>

#include "core/enclu_leaf.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

using arch::PageType;

uint32_t needed_permission(Access access) {
  if (access == Access::kWrite) return arch::kWrite;
  return access == Access::kExecute ? arch::kExecute : arch::kRead;
}

bool is_own(const Cpu& cpu, const EpcPage& page, uint64_t address, Access access) {
  const EpcmEntry& entry = page.epcm;
  return entry.valid && !entry.pending && !entry.modified && entry.type == PageType::kRegular &&
         entry.secs == cpu.mode.secs && entry.address == visible_address(address) &&
         (entry.permissions & needed_permission(access)) != 0;
}

}  // namespace

std::optional<Fault> check_access(const Cpu& cpu, const EpcPage* page, uint64_t address, Access access) {
  // Inside its range an enclave reaches its own pages only; ordinary memory there is refused as well.
  if (page != nullptr && is_own(cpu, *page, address, access)) return {};
  return epcm_fault(address, access).value();
}

std::optional<Fault> check_operand(const Cpu& cpu, uint64_t address, uint64_t alignment) {
  if (address % alignment != 0 || !cpu.mode.enclave().contains(address)) return general_protection().value();
  return {};
}

Checked<EpcPage*> resolve(Execution& execution, uint64_t address, Access access) {
  EpcPage* const page = CHECKED(execution.memory.translate(address, access));
  if (page == nullptr) return epcm_fault(address, access);
  return page;
}

Checked<EpcPage*> resolve_own(Execution& execution, uint64_t address, Access access) {
  EpcPage* const page = CHECKED(resolve(execution, address, access));
  REFUSE_IF_FAULT(check_access(execution.cpu, page, address, access));
  return page;
}

Checked<arch::Secinfo> read_secinfo(Execution& execution, uint64_t address) {
  const EpcPage* const page = CHECKED(resolve_own(execution, address, Access::kRead));
  arch::Secinfo secinfo;
  std::memcpy(&secinfo, page->bytes + address % arch::kPageSize, sizeof(secinfo));
  if (has_reserved(secinfo)) return general_protection();
  return secinfo;
}

}  // namespace strongroom::sgx
