#include "core/enclu_leaf.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

using arch::LeafStatus;
using arch::PageType;

bool is_legal_request(const arch::Secinfo& secinfo) {
  const PageType type = arch::page_type(secinfo);
  const bool pending = (secinfo.flags & arch::kSecinfoPending) != 0;
  const bool modified = (secinfo.flags & arch::kSecinfoModified) != 0;
  const bool restricted = (secinfo.flags & arch::kSecinfoPermissionRestricted) != 0;
  if (type == PageType::kRegular) return (pending || restricted) && !modified;
  return (type == PageType::kTcs || type == PageType::kTrim) && !restricted && !pending && modified;
}

bool is_changeable(const EpcPage& page, const EpcPage* active) {
  const PageType type = page.epcm.type;
  return page.epcm.valid && page.epcm.secs == active &&
         (type == PageType::kRegular || type == PageType::kTcs || type == PageType::kTrim);
}

bool matches(const EpcmEntry& entry, uint64_t address, const arch::Secinfo& secinfo) {
  return entry.address == address && entry.pending == ((secinfo.flags & arch::kSecinfoPending) != 0) &&
         entry.modified == ((secinfo.flags & arch::kSecinfoModified) != 0) &&
         entry.permissions == permissions(secinfo) && entry.type == arch::page_type(secinfo);
}

bool is_new_tcs_valid(const arch::Tcs& tcs, const Enclave& enclave) {
  const bool mode64 = (enclave.secs.attributes.flags & arch::kAttributeMode64) != 0;
  return !has_reserved(tcs) && (tcs.flags & arch::kTcsDebugOptIn) == 0 &&
         tcs.current_ssa_frame < tcs.ssa_frame_count && tcs.aep == 0 && tcs.state == 0 &&
         (mode64 || has_page_limits(tcs));
}

}  // namespace

Outcome eaccept(Execution& execution) {
  Cpu& cpu = execution.cpu;
  const uint64_t address = cpu.registers.rcx;
  REFUSE_IF_FAULT(check_operand(cpu, cpu.registers.rbx, sizeof(arch::Secinfo)));
  const arch::Secinfo secinfo = CHECKED(read_secinfo(execution, cpu.registers.rbx));
  REFUSE_IF_FAULT(check_operand(cpu, address, arch::kPageSize));
  EpcPage& page = *CHECKED(resolve(execution, address, Access::kRead));
  if (!is_legal_request(secinfo)) return general_protection();
  if (!is_changeable(page, cpu.mode.secs)) return epcm_fault(address);
  if (!matches(page.epcm, address, secinfo)) return LeafStatus::kPageAttributesMismatch;
  const Enclave& enclave = cpu.mode.enclave();
  const bool was_changed = page.epcm.modified || page.epcm.permissions_restricted;
  if (was_changed && !enclave.tracking.is_over(page.epcm.changed_in)) return LeafStatus::kNotTracked;
  if (page.epcm.type == PageType::kTcs && !is_new_tcs_valid(page.tcs(), enclave)) return general_protection();

  page.epcm.pending = false;
  page.epcm.modified = false;
  page.epcm.permissions_restricted = false;
  return LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
