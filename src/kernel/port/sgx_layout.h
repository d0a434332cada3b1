// What the kernel's port "sgx" and the backend agree on, beside the exchange.
//
// The host enters every thread at the image's entry point (TCS.OENTRY) by the vDSO. RDI, RSI and RDX are the
// only registers that say something:
//
//   CSSA 0: starts a thread, brings the answer of its host call, or ends its wait. RDI: the address of the
//           exchanges.
//   CSSA 1: the host found an exception in the enclave and claims what it was. RDI: its vector; RSI: its
//   error
//           code; RDX: the address of a page fault. The enclave believes its own save area alone, and goes on
//           only where the two agree.
//   ERESUME: 0. In an image with AEX-Notify the enclave is entered by it, too, and that is how it is told
//   from
//           a claim; #DE, the claim of vector 0, is taken where the save area has it.
//
// The enclave leaves by EEXIT, which sets RCX, with an SgxExit in RDI, to the instruction after the EENTER.
// All other registers are zero but RSP and RBP, which are the host's, and what an SgxExit says of others. The
// host enters and resumes a thread always with the same RSP and RBP.
#pragma once

#include <cstdint>

namespace strongroom::kernel {

enum class SgxExit : uint32_t {
  kCall = 1,     // the exchange holds a host call
  kResume = 2,   // ERESUME: the enclave will handle its exception
  kRefused = 3,  // an entry, or a claimed exception, that the enclave knows nothing of
  // As HostCall::kCallWait without a limit of time, and without an exchange: R9 and RSI hold the addresses
  // of the words to wake and to wait on, or 0, and R8 what is expected. Any entry ends the wait.
  kWait = 4,
};

}  // namespace strongroom::kernel
