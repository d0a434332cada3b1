// The emulated platform's quoting enclave: who it is, and the quotes that it makes of REPORTs.
#pragma once

#include "arch/report.h"
#include "quote/test_pki.h"

namespace strongroom::sgx {

// Its identity is a name, hashed: there is no code of it that could be measured.
arch::EnclaveIdentity quoting_enclave();

// kVerificationFailed where this platform did not make the report for the quoting enclave: that is checked by
// the MAC, with the platform's keys, as a real one does.
Result<Bytes> make_quote(const arch::Report& report, const TestPki& pki);

}  // namespace strongroom::sgx
