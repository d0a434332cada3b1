#include "attest/eat/quote_token.h"

#include <fmt/format.h>

#include "arch/evidence_token.h"
#include "attest/cbor.h"

namespace strongroom::attest::eat {
namespace {

using arch::EvidenceClaim;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "enclave's quote: " + std::move(why));
}

const CborItem* claims_of(const CborItem& item) {
  const bool tagged = item.type == CborType::kTag && item.number == arch::kUnprotectedClaimsTag;
  return tagged && item.items[0].type == CborType::kMap ? &item.items[0] : nullptr;
}

bool has_profile(const CborItem& claims) {
  const CborItem* profile = claims.find(static_cast<int64_t>(EvidenceClaim::kProfile));
  return profile != nullptr && profile->type == CborType::kText &&
         as_text(profile->string()) == arch::kQuoteProfile;
}

Result<Bytes> bytes_claim(const CborItem& claims, EvidenceClaim claim, std::string_view what, size_t least,
                          size_t most) {
  const CborItem* item = claims.find(static_cast<int64_t>(claim));
  if (item == nullptr || item->type != CborType::kBytes)
    return malformed(fmt::format("it has no {} (claim {})", what, static_cast<int64_t>(claim)));
  const ByteView bytes = item->string();
  if (bytes.size() < least || bytes.size() > most)
    return malformed(fmt::format("its {} has {} bytes", what, bytes.size()));
  return to_bytes(bytes);
}

}  // namespace

bool looks_like_quote_token(ByteView bytes) {
  constexpr uint8_t kTagOfTwoBytes = 0xd9;
  if (bytes.empty() || bytes.front() != kTagOfTwoBytes) return false;
  const auto item = parse_cbor(bytes);
  if (!item) return false;
  const CborItem* claims = claims_of(*item);
  return claims != nullptr && has_profile(*claims);
}

Result<arch::QuoteToken> parse_quote_token(ByteView bytes) {
  const CborItem item = TRY_IN("enclave's quote", parse_cbor(bytes));
  const CborItem* claims = claims_of(item);
  if (claims == nullptr || !has_profile(*claims)) return malformed("it has another profile");
  arch::QuoteToken token;
  token.nonce =
      TRY(bytes_claim(*claims, EvidenceClaim::kNonce, "nonce", arch::kMinimumNonce, arch::kMaximumNonce));
  token.user_data =
      TRY(bytes_claim(*claims, EvidenceClaim::kUserData, "user data", 0, arch::kMaximumUserData));
  token.quote = TRY(bytes_claim(*claims, EvidenceClaim::kQuote, "quote", 1, arch::kMaximumQuote));
  if (!equal(arch::encode_quote_token(token), bytes))
    return malformed("its claims are not those of its profile, in their one encoding");
  return token;
}

}  // namespace strongroom::attest::eat
