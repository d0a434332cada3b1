#include "core/enclu_leaf.h"

namespace strongroom::sgx {

// The frame that the next asynchronous exit writes to becomes the one before. What the frame given up holds
// stays in it.
Outcome edeccssa(Execution& execution) {
  if (!execution.processor.aex_notify) return general_protection();
  EnclaveMode& mode = execution.cpu.mode;
  arch::Tcs& tcs = mode.tcs->tcs();
  if (tcs.current_ssa_frame == 0) return general_protection();
  mode.frame = CHECKED(find_frame(execution, *mode.tcs, tcs.current_ssa_frame - 1));
  --tcs.current_ssa_frame;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
