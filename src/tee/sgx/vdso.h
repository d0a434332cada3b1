// The way into an enclave that Linux offers: __vdso_sgx_enter_enclave (<asm/sgx.h>).
#pragma once

#include <asm/sgx.h>

#include "strongroom/result.h"

namespace strongroom::tee::sgx {

// The address of a function of the kernel's vDSO, found by its ELF header (AT_SYSINFO_EHDR). kUnsupported
// where it has none of this name.
Result<uint64_t> find_in_vdso(const char* name);

// The registers that say something at an entry and at an exit; kernel/port/sgx_layout.h.
struct EntryRegisters {
  uint64_t rdi = 0, rsi = 0, rdx = 0;
};

// EENTER or ERESUME (`leaf`) by the vDSO. 0, or a negated errno; `run` says how the enclave was left, and
// `registers` hold what it left in RDI. Every register that a C++ function keeps, is kept here, whatever the
// enclave does.
//
// Where run.user_handler is strongroom_sgx_left, the enclave's waits (kernel::SgxExit::kWait) do not come
// back here: strongroom_sgx_serve_wait() serves them, and the vDSO enters again.
extern "C" int strongroom_sgx_enter(uint64_t vdso_function, uint32_t leaf, sgx_enclave_run* run,
                                    EntryRegisters* registers);
extern "C" void strongroom_sgx_left();

}  // namespace strongroom::tee::sgx
