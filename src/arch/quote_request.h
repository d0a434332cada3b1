// What an SGX enclave asks its host for, to have its REPORT made a quote. By OwnCall::kAskKeeper, as
// plaintext: nothing of it is secret, and what comes back is the host's word until a verifier has judged it.
#pragma once

#include <cstdint>

namespace strongroom::arch {

// A request: u32 QuoteRequest, little-endian, then what it says. An answer: base/answer.h, with what the
// request says.
enum class QuoteRequest : uint32_t {
  kTargetInfo = 1,  // () -> TARGETINFO of the quoting enclave
  kQuote = 2,       // REPORT for that enclave -> a DCAP quote
};

}  // namespace strongroom::arch
