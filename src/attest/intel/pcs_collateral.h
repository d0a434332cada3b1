// Choosing and verifying the documents of Intel's PCS that are signed by its TCB signing key.
#pragma once

#include <string>

#include "attest/format.h"
#include "attest/intel/pck.h"

namespace strongroom::attest::intel {

// The newest document for this platform (FMSPC, PCE id; TDX or SGX) of the collateral: one that is valid at
// the chosen time before one that is not, then by tcbEvaluationDataNumber and issue date, so that an older
// one beside it is never used. Its signature and its signer's chain are judged under "tcb_info.match",
// "tcb_info.signature", "tcb_info.validity", "tcb_info.revocation". Null where none is authentic.
// `root` is the certificate of Intel's root that the evidence chained to.
const TcbInfo* use_tcb_info(bool tdx, const PckExtensions& pck, const crypto::Certificate& root,
                            const VerificationOptions& options, Assessment& assessment);

// The same for the identity of the quoting enclave, under "qe_identity....".
const EnclaveIdentity* use_enclave_identity(std::string_view id, const crypto::Certificate& root,
                                            const VerificationOptions& options, Assessment& assessment);

}  // namespace strongroom::attest::intel
