// The leaves of ENCLU that the port "sgx" executes.
#pragma once

#include <cstdint>

#include "arch/leaf.h"
#include "arch/page.h"

// sgx_entry.S. What is in RAX afterwards; 0 also where the leaf says nothing there, and
// LeafStatus::kGeneralProtection where the processor raised that. A page fault at the instruction is repeated
// until the host has given the page.
extern "C" uint64_t strongroom_sgx_enclu(uint64_t leaf, const void* rbx, uint64_t rcx, uint64_t rdx);
extern "C" const char strongroom_sgx_enclu_instruction[];

namespace strongroom::kernel::port::sgx {

// Intel SDM volume 3D, chapter "SGX Instruction References": EACCEPT and EMODPE.
inline bool accept_page(uint64_t address, uint64_t secinfo_flags) {
  const arch::Secinfo secinfo{secinfo_flags, {}};
  return strongroom_sgx_enclu(static_cast<uint64_t>(arch::Enclu::kEaccept), &secinfo, address, 0) == 0;
}
inline void extend_page(uint64_t address, uint64_t permissions) {
  const arch::Secinfo secinfo{
      permissions | static_cast<uint64_t>(arch::PageType::kRegular) << arch::kSecinfoTypeShift, {}};
  strongroom_sgx_enclu(static_cast<uint64_t>(arch::Enclu::kEmodpe), &secinfo, address, 0);
}

}  // namespace strongroom::kernel::port::sgx
