#include "core/enclu_leaf.h"

namespace strongroom::sgx {

Outcome eenter(Execution& execution) {
  return enter_at_entry_point(execution, *CHECKED(check_tcs(execution)));
}

Outcome enter_at_entry_point(Execution& execution, EpcPage& page) {
  const arch::Tcs& tcs = page.tcs();
  const uint64_t base = page.epcm.secs->enclave->secs.base_address;
  const uint64_t fs_base = tcs.fs_base_offset + base;
  const uint64_t gs_base = tcs.gs_base_offset + base;
  if (tcs.current_ssa_frame >= tcs.ssa_frame_count) return general_protection();
  const SaveFrame frame = CHECKED(find_frame(execution, page, tcs.current_ssa_frame));
  const uint64_t target = tcs.entry_offset + base;
  if (!is_canonical(target) || !is_canonical(fs_base) || !is_canonical(gs_base)) return general_protection();
  if (tcs.state != 0) return general_protection();

  enter_mode(execution, page, frame, fs_base, gs_base);
  Registers& registers = execution.cpu.registers;
  registers.rcx = registers.rip + kEncluSize;
  registers.rip = target;
  registers.rax = tcs.current_ssa_frame;
  frame.gprsgx().host_rsp = registers.rsp;
  frame.gprsgx().host_rbp = registers.rbp;
  if ((tcs.flags & arch::kTcsDebugOptIn) == 0) registers.rflags &= ~uint64_t{kFlagTrap};
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
