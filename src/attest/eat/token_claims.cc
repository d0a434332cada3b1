#include "attest/eat/token_claims.h"

#include <fmt/format.h>

namespace strongroom::attest::eat {

using arch::EvidenceClaim;

bool TokenClaims::has_profile(std::string_view profile) const {
  const CborItem* item = find(EvidenceClaim::kProfile);
  return item != nullptr && item->type == CborType::kText && as_text(item->string()) == profile;
}

Result<ByteView> TokenClaims::string(EvidenceClaim claim, CborType type, std::string_view what) const {
  const CborItem* item = find(claim);
  if (item == nullptr || item->type != type)
    return fail(ErrorCode::kMalformed,
                fmt::format("{}: it has no {} (claim {})", token_, what, static_cast<int64_t>(claim)));
  return item->string();
}

Result<Bytes> TokenClaims::bytes(EvidenceClaim claim, std::string_view what, size_t least,
                                 size_t most) const {
  const ByteView bytes = TRY(string(claim, CborType::kBytes, what));
  if (bytes.size() < least || bytes.size() > most)
    return fail(ErrorCode::kMalformed, fmt::format("{}: its {} has {} bytes", token_, what, bytes.size()));
  return to_bytes(bytes);
}

Result<std::string> TokenClaims::text(EvidenceClaim claim, std::string_view what) const {
  return std::string(as_text(TRY(string(claim, CborType::kText, what))));
}

Result<Bytes> TokenClaims::nonce() const {
  return bytes(EvidenceClaim::kNonce, "nonce", arch::kMinimumNonce, arch::kMaximumNonce);
}

Result<Bytes> TokenClaims::user_data() const {
  return bytes(EvidenceClaim::kUserData, "user data", 0, arch::kMaximumUserData);
}

}  // namespace strongroom::attest::eat
