// What an SGX enclave says to somebody elsewhere: a DCAP quote, with the nonce and the user data that its
// REPORTDATA is the hash of (evidence_report_data()). An EAT (RFC 9711) as an unprotected set of claims
// (UCCS, RFC 9781): the quote is signed, and binds the rest. A token has one encoding. docs/evidence.md
// describes it.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace strongroom::arch {

inline constexpr std::string_view kQuoteProfile = "tag:strongroom,2026:enclave-quote/1";
inline constexpr uint64_t kUnprotectedClaimsTag = 601;
inline constexpr size_t kMaximumQuote = 24576;

// Its claims, by evidence_token.h: kNonce, kProfile, kUserData, kQuote.
struct QuoteToken {
  Bytes nonce;
  Bytes user_data;
  Bytes quote;
};

// In CBOR's deterministic form (RFC 8949, section 4.2.1).
Bytes encode_quote_token(const QuoteToken& token);

}  // namespace strongroom::arch
