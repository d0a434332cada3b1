#include "arch/quote_token.h"

#include "arch/evidence_token.h"
#include "base/cbor_writer.h"

namespace strongroom::arch {

Bytes encode_quote_token(const QuoteToken& token) {
  cbor::Map claims;
  const auto set = [&](EvidenceClaim claim, Bytes value) {
    claims.set(static_cast<int64_t>(claim), std::move(value));
  };
  set(EvidenceClaim::kNonce, cbor::bytes(token.nonce));
  set(EvidenceClaim::kProfile, cbor::text(kQuoteProfile));
  set(EvidenceClaim::kUserData, cbor::bytes(token.user_data));
  set(EvidenceClaim::kQuote, cbor::bytes(token.quote));
  return cbor::tag(kUnprotectedClaimsTag, claims.encode());
}

}  // namespace strongroom::arch
