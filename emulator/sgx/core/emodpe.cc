#include "core/enclu_leaf.h"
#include "core/secinfo.h"

namespace strongroom::sgx {
namespace {

bool is_extendable(const EpcPage& page, const EpcPage* active, uint64_t address) {
  const EpcmEntry& entry = page.epcm;
  return entry.valid && !entry.pending && !entry.modified && entry.type == arch::PageType::kRegular &&
         entry.secs == active && entry.address == address;
}

}  // namespace

Outcome emodpe(Execution& execution) {
  Cpu& cpu = execution.cpu;
  const uint64_t address = cpu.registers.rcx;
  REFUSE_IF_FAULT(check_operand(cpu, cpu.registers.rbx, sizeof(arch::Secinfo)));
  REFUSE_IF_FAULT(check_operand(cpu, address, arch::kPageSize));
  CHECKED(resolve(execution, cpu.registers.rbx, Access::kRead));
  EpcPage& page = *CHECKED(resolve(execution, address, Access::kRead));
  const arch::Secinfo secinfo = CHECKED(read_secinfo(execution, cpu.registers.rbx));
  if (!is_extendable(page, cpu.mode.secs, address)) return epcm_fault(address);
  const uint32_t wanted = page.epcm.permissions | permissions(secinfo);
  if ((permissions(secinfo) & arch::kWrite) != 0 && (wanted & arch::kRead) == 0) return general_protection();
  page.epcm.permissions = wanted;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
