// What EENTER and ERESUME share: the checks of TCS and SSA, and the way in and out of enclave mode.
#include "core/enclu_leaf.h"

namespace strongroom::sgx {
namespace {

using arch::kPageSize;
using arch::PageType;

bool is_tcs_at(const EpcPage& page, uint64_t address) {
  return page.epcm.valid && page.epcm.address == address && page.epcm.type == PageType::kTcs &&
         !page.epcm.pending && !page.epcm.modified;
}

// All threads of an enclave are notified of asynchronous exits, or none; but for those that a debugger
// enters.
bool notice_is_agreed(const arch::Tcs& tcs, const arch::Attributes& attributes) {
  const bool by_thread = (tcs.flags & arch::kTcsAexNotify) != 0;
  const bool by_enclave = (attributes.flags & arch::kAttributeAexNotify) != 0;
  return by_thread == by_enclave || (tcs.flags & arch::kTcsDebugOptIn) != 0;
}

bool may_enter(const Execution& execution, const Enclave& enclave, const arch::Tcs& tcs) {
  const arch::Attributes& attributes = enclave.secs.attributes;
  const uint64_t flags =
      arch::kTcsDebugOptIn | (execution.processor.aex_notify ? uint64_t{arch::kTcsAexNotify} : 0);
  return (tcs.flags & ~flags) == 0 && enclave.initialized() &&
         (attributes.flags & arch::kAttributeMode64) != 0 && (attributes.xfrm & ~execution.cpu.xcr0) == 0 &&
         notice_is_agreed(tcs, attributes);
}

Checked<EpcPage*> find_frame_page(Execution& execution, const EpcPage& tcs, uint64_t address) {
  EpcPage* const page = CHECKED(resolve(execution, address, Access::kWrite));
  constexpr uint32_t kReadWrite = arch::kRead | arch::kWrite;
  const EpcmEntry& entry = page->epcm;
  const bool usable = entry.valid && !entry.pending && !entry.modified &&
                      entry.address == visible_address(address) && entry.type == PageType::kRegular &&
                      entry.secs == tcs.epcm.secs && (entry.permissions & kReadWrite) == kReadWrite;
  if (!usable) return epcm_fault(address, Access::kWrite);
  return page;
}

}  // namespace

arch::Gprsgx& SaveFrame::gprsgx() const {
  return *reinterpret_cast<arch::Gprsgx*>(last_page->bytes + arch::gprsgx_offset(kPageSize));
}
arch::Exinfo& SaveFrame::exinfo() const {
  return *reinterpret_cast<arch::Exinfo*>(last_page->bytes + arch::exinfo_offset(kPageSize));
}

Checked<EpcPage*> check_tcs(Execution& execution) {
  const uint64_t address = execution.cpu.registers.rbx;
  if (address % kPageSize != 0) return general_protection();
  EpcPage* const page = CHECKED(resolve(execution, address, Access::kWrite));
  if (!is_canonical(execution.cpu.registers.rcx)) return general_protection();
  if (!is_tcs_at(*page, address)) return epcm_fault(address);
  const arch::Tcs& tcs = page->tcs();
  if (tcs.ssa_offset % kPageSize != 0) return general_protection();
  if (tcs.fs_base_offset % kPageSize != 0 || tcs.gs_base_offset % kPageSize != 0) return general_protection();
  if (!may_enter(execution, *page->epcm.secs->enclave, tcs)) return general_protection();
  return page;
}

Checked<SaveFrame> find_frame(Execution& execution, EpcPage& tcs, uint32_t index) {
  const arch::Secs& secs = tcs.epcm.secs->enclave->secs;
  const uint64_t frame_size = kPageSize * secs.ssa_frame_size;
  const uint64_t start = tcs.tcs().ssa_offset + secs.base_address + frame_size * index;
  const size_t xsave_size = execution.processor.xsave.size_of(secs.attributes.xfrm);
  SaveFrame frame;
  for (size_t i = 0; i * kPageSize < xsave_size; ++i)
    frame.xsave_pages.at(i) = CHECKED(find_frame_page(execution, tcs, start + i * kPageSize));
  frame.last_page = CHECKED(find_frame_page(execution, tcs, start + frame_size - sizeof(arch::Gprsgx)));
  return frame;
}

void enter_mode(Execution& execution, EpcPage& tcs, const SaveFrame& frame, uint64_t fs_base,
                uint64_t gs_base) {
  Cpu& cpu = execution.cpu;
  Enclave& enclave = *tcs.epcm.secs->enclave;
  cpu.mode = {.secs = tcs.epcm.secs,
              .tcs = &tcs,
              .tcs_address = cpu.registers.rbx,
              .frame = frame,
              .entered_in = enclave.tracking.epoch,
              .fs_base = cpu.fs_base,
              .gs_base = cpu.gs_base,
              .xcr0 = cpu.xcr0,
              .trap_flag = (cpu.registers.rflags & kFlagTrap) != 0};
  enclave.tracking.enter();
  tcs.tcs().state = 1;
  tcs.tcs().aep = cpu.registers.rcx;
  cpu.fs_base = fs_base;
  cpu.gs_base = gs_base;
  cpu.xcr0 = enclave.secs.attributes.xfrm;
}

void leave_mode(Cpu& cpu) {
  EnclaveMode& mode = cpu.mode;
  cpu.fs_base = mode.fs_base;
  cpu.gs_base = mode.gs_base;
  cpu.xcr0 = mode.xcr0;
  if ((mode.tcs->tcs().flags & arch::kTcsDebugOptIn) == 0) {
    cpu.registers.rflags &= ~uint64_t{kFlagTrap};
    if (mode.trap_flag) cpu.registers.rflags |= kFlagTrap;
  }
  mode.enclave().tracking.leave(mode.entered_in);
  mode.tcs->tcs().state = 0;
  mode = {};
}

}  // namespace strongroom::sgx
