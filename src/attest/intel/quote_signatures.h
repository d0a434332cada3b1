// The authenticity of a quote: from Intel's root to the platform's PCK, to the quoting enclave, to its
// attestation key, to the quote (Intel SGX DCAP ECDSA Quote Library API, A.4; DCAP Quote Verification Library
// API, 4.1.2.4).
#pragma once

#include <optional>

#include "attest/format.h"
#include "attest/intel/pck.h"
#include "attest/intel/quote.h"

namespace strongroom::attest::intel {

// The platform that an authentic quote comes from.
struct Platform {
  PckExtensions pck;
  crypto::Chain chain;  // PCK, its authority, Intel's root
};

// Checks "quote.signature", "qe_report.data", "qe_report.signature", "pck.chain", "pck.validity",
// "pck.revocation". The platform is returned where the PCK is Intel's, even if something else failed: its TCB
// can be judged, but the verdict stays.
std::optional<Platform> verify_signatures(const Quote& quote, const VerificationOptions& options,
                                          Assessment& assessment);

}  // namespace strongroom::attest::intel
