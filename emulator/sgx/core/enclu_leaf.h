// The leaves of ENCLU, and what they have in common; for enclu.cc and the files of the leaves.
#pragma once

#include "core/enclu.h"

namespace strongroom::sgx {

Outcome eenter(Execution& execution);
Outcome eresume(Execution& execution);
Outcome eexit(Execution& execution);
Outcome ereport(Execution& execution);
Outcome egetkey(Execution& execution);
Outcome eaccept(Execution& execution);
Outcome eacceptcopy(Execution& execution);
Outcome emodpe(Execution& execution);
Outcome edeccssa(Execution& execution);

template <typename T>
using Checked = tl::expected<T, Fault>;

// #GP unless `address` is a multiple of `alignment` inside ELRANGE.
std::optional<Fault> check_operand(const Cpu& cpu, uint64_t address, uint64_t alignment);

// The EPC page at `address`; a page fault where there is none.
Checked<EpcPage*> resolve(Execution& execution, uint64_t address, Access access);

// The page of an operand that the enclave reads or writes: valid, regular, its own, at its address, neither
// pending nor modified, with that permission; else a page fault.
Checked<EpcPage*> resolve_own(Execution& execution, uint64_t address, Access access);

// Reads a SECINFO from the enclave's memory. #GP where reserved fields are set.
Checked<arch::Secinfo> read_secinfo(Execution& execution, uint64_t address);

// The checks of a TCS page that EENTER and ERESUME share; the page.
Checked<EpcPage*> check_tcs(Execution& execution);
// The pages of SSA frame `index` of the TCS, all readable and writable by the enclave.
Checked<SaveFrame> find_frame(Execution& execution, EpcPage& tcs, uint32_t index);
// Enters at the TCS's entry point with its next frame, as EENTER does, and ERESUME where it notifies.
Outcome enter_at_entry_point(Execution& execution, EpcPage& page);
// Goes into enclave mode; all checks have passed. FS and GS get these bases.
void enter_mode(Execution& execution, EpcPage& tcs, const SaveFrame& frame, uint64_t fs_base,
                uint64_t gs_base);
// Leaves enclave mode: puts FS, GS, XCR0 and TF of the host back, and frees the TCS.
void leave_mode(Cpu& cpu);

}  // namespace strongroom::sgx

// Yields the value of a Checked<T>, or returns its fault from the enclosing function.
#define CHECKED(expression)                                                           \
  __extension__({                                                                     \
    auto checked_ = (expression);                                                     \
    if (!checked_) return tl::unexpected<::strongroom::sgx::Fault>(checked_.error()); \
    *checked_;                                                                        \
  })
// Returns the fault that a check found.
#define REFUSE_IF_FAULT(expression)                                                                 \
  do {                                                                                              \
    if (const auto fault_ = (expression)) return tl::unexpected<::strongroom::sgx::Fault>(*fault_); \
  } while (false)
