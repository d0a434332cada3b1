#include "attest/eat/quote_token.h"

#include <fmt/format.h>

#include "attest/eat/token_claims.h"

namespace strongroom::attest::eat {
namespace {

using arch::EvidenceClaim;

constexpr std::string_view kToken = "enclave's quote";

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("{}: {}", kToken, why));
}

const CborItem* claims_of(const CborItem& item) {
  const bool tagged = item.type == CborType::kTag && item.number == arch::kUnprotectedClaimsTag;
  return tagged && item.items[0].type == CborType::kMap ? &item.items[0] : nullptr;
}

}  // namespace

bool looks_like_quote_token(ByteView bytes) {
  constexpr uint8_t kTagOfTwoBytes = 0xd9;
  if (bytes.empty() || bytes.front() != kTagOfTwoBytes) return false;
  const auto item = parse_cbor(bytes);
  if (!item) return false;
  const CborItem* claims = claims_of(*item);
  return claims != nullptr && TokenClaims(*claims, kToken).has_profile(arch::kQuoteProfile);
}

Result<arch::QuoteToken> parse_quote_token(ByteView bytes) {
  const CborItem item = TRY_IN(kToken, parse_cbor(bytes));
  const CborItem* found = claims_of(item);
  if (found == nullptr || !TokenClaims(*found, kToken).has_profile(arch::kQuoteProfile))
    return malformed("it has another profile");
  const TokenClaims claims(*found, kToken);
  arch::QuoteToken token;
  token.nonce = TRY(claims.nonce());
  token.user_data = TRY(claims.user_data());
  token.quote = TRY(claims.bytes(EvidenceClaim::kQuote, "quote", 1, arch::kMaximumQuote));
  if (!equal(arch::encode_quote_token(token), bytes))
    return malformed("its claims are not those of its profile, in their one encoding");
  return token;
}

}  // namespace strongroom::attest::eat
