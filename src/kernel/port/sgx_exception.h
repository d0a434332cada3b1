// What the port "sgx" makes of an exception that its host reports: it goes by the save area, which the
// processor has written, and takes the host's claim for no more than a question.
#pragma once

#include "arch/ssa.h"
#include "kernel/trap_frame.h"

namespace strongroom::kernel::port::sgx {

// Where the exception happened.
struct Place {
  uint64_t enclave_begin, enclave_end;
  uint64_t kernel_begin, kernel_end;
  uint64_t memory_begin, memory_end;  // the program's: in the kernel only accesses to it may fault,
  uint64_t enclu;                     // and the ENCLU at this address
};

// Whether the processor reported an exception that the enclave handles, and the host claims the same
// `vector`. Then `frame` is what the kernel is to handle: the registers of the save area, cause, error and
// address.
bool take_exception(const arch::Gprsgx& registers, const arch::Exinfo& information, uint64_t vector,
                    const Place& place, TrapFrame& frame);

}  // namespace strongroom::kernel::port::sgx
