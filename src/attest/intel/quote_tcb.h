// What the platform of an authentic quote is worth: TCB level, TDX module and quoting enclave, by Intel's
// signed documents.
#pragma once

#include "attest/format.h"
#include "attest/intel/quote_signatures.h"

namespace strongroom::attest::intel {

// Checks "tcb_info.*", "qe_identity.*", "tdx_module.identity", "tcb.level", and "tcb.status", which alone
// says whether the converged status is good enough; sets tcb_status and advisories.
void judge_tcb(const Quote& quote, const Platform& platform, const VerificationOptions& options,
               Assessment& assessment);

}  // namespace strongroom::attest::intel
