#include "core/enclu_leaf.h"

namespace strongroom::sgx {

Outcome eexit(Execution& execution) {
  Registers& registers = execution.cpu.registers;
  if (!is_canonical(registers.rbx)) return general_protection();
  registers.rip = registers.rbx;
  registers.rcx = execution.cpu.mode.tcs->tcs().aep;
  leave_mode(execution.cpu);
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
