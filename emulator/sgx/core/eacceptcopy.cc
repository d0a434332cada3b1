#include <cstring>

#include "core/enclu_leaf.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

// A page as EAUG left it.
bool awaits_content(const EpcPage& page, const EpcPage* active, uint64_t address) {
  const EpcmEntry& entry = page.epcm;
  return entry.valid && entry.pending && !entry.modified && entry.type == arch::PageType::kRegular &&
         entry.secs == active && entry.permissions == (arch::kRead | arch::kWrite) &&
         entry.address == address;
}

}  // namespace

Outcome eacceptcopy(Execution& execution) {
  Cpu& cpu = execution.cpu;
  const uint64_t target = cpu.registers.rcx;
  const uint64_t source = cpu.registers.rdx;
  REFUSE_IF_FAULT(check_operand(cpu, cpu.registers.rbx, sizeof(arch::Secinfo)));
  REFUSE_IF_FAULT(check_operand(cpu, target, arch::kPageSize));
  REFUSE_IF_FAULT(check_operand(cpu, source, arch::kPageSize));
  CHECKED(resolve(execution, cpu.registers.rbx, Access::kRead));
  EpcPage& page = *CHECKED(resolve(execution, target, Access::kWrite));
  CHECKED(resolve(execution, source, Access::kRead));
  const arch::Secinfo secinfo = CHECKED(read_secinfo(execution, cpu.registers.rbx));
  if (!has_consistent_permissions(secinfo) || arch::page_type(secinfo) != arch::PageType::kRegular)
    return general_protection();
  const EpcPage& from = *CHECKED(resolve_own(execution, source, Access::kRead));
  if (!awaits_content(page, cpu.mode.secs, target)) return arch::LeafStatus::kPageAttributesMismatch;

  std::memcpy(page.bytes, from.bytes, arch::kPageSize);
  page.epcm.permissions = permissions(secinfo);
  page.epcm.pending = false;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
