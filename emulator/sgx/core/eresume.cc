#include <algorithm>
#include <cstring>

#include "core/enclu_leaf.h"

namespace strongroom::sgx {
namespace {

constexpr uint64_t kFlagsRestored =
    kFlagsArithmetic | kFlagDirection | kFlagNestedTask | kFlagAlignmentCheck | kFlagId | kFlagResume;

bool load_extended(Execution& execution, const SaveFrame& frame, uint64_t xfrm) {
  const size_t size = execution.processor.xsave.size_of(xfrm);
  std::array<uint8_t, kXsaveMaximumSize> area;
  for (size_t i = 0; i * arch::kPageSize < size; ++i)
    std::memcpy(area.data() + i * arch::kPageSize, frame.xsave_pages[i]->bytes,
                std::min<size_t>(arch::kPageSize, size - i * arch::kPageSize));
  return xrstor(execution.processor.xsave, xfrm, std::span(area).first(size), execution.cpu.extended);
}

// Intel SDM volume 3D, chapter "Asynchronous Enclave Exit Notify and the EDECCSSA User Leaf Function": an
// enclave that asked for it in the frame that would be restored is entered at its entry point instead.
bool wants_notice(const arch::Tcs& tcs, const arch::Gprsgx& saved) {
  return (tcs.flags & arch::kTcsAexNotify) != 0 && (saved.aex_notify & 1) != 0;
}

}  // namespace

Outcome eresume(Execution& execution) {
  EpcPage& page = *CHECKED(check_tcs(execution));
  arch::Tcs& tcs = page.tcs();
  if (tcs.current_ssa_frame == 0) return general_protection();
  const SaveFrame frame = CHECKED(find_frame(execution, page, tcs.current_ssa_frame - 1));
  const arch::Gprsgx& saved = frame.gprsgx();
  if (wants_notice(tcs, saved)) return enter_at_entry_point(execution, page);
  if (!is_canonical(saved.rip)) return general_protection();
  if (!is_canonical(saved.fs_base) || !is_canonical(saved.gs_base)) return general_protection();
  if (tcs.state != 0) return general_protection();
  if (!load_extended(execution, frame, page.epcm.secs->enclave->secs.attributes.xfrm))
    return general_protection();

  enter_mode(execution, page, frame, saved.fs_base, saved.gs_base);
  Registers& registers = execution.cpu.registers;
  const uint64_t host_flags = registers.rflags;
  std::memcpy(&registers, &saved, sizeof(registers));
  registers.rflags = (host_flags & ~kFlagsRestored) | (saved.rflags & kFlagsRestored);
  if ((tcs.flags & arch::kTcsDebugOptIn) == 0) registers.rflags &= ~uint64_t{kFlagTrap};
  --tcs.current_ssa_frame;
  return arch::LeafStatus::kSuccess;
}

}  // namespace strongroom::sgx
