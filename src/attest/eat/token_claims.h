// The claims of Strongroom's own tokens, read.
#pragma once

#include <string>

#include "arch/evidence_token.h"
#include "attest/cbor.h"

namespace strongroom::attest::eat {

// Of one token. Its claims outlive it. What is missing or too long is kMalformed, and `token` begins the
// message.
class TokenClaims {
 public:
  TokenClaims(const CborItem& claims, std::string_view token) : claims_(claims), token_(token) {}

  // Null where there is none.
  [[nodiscard]] const CborItem* find(arch::EvidenceClaim claim) const {
    return claims_.find(static_cast<int64_t>(claim));
  }
  [[nodiscard]] bool has_profile(std::string_view profile) const;
  [[nodiscard]] Result<Bytes> bytes(arch::EvidenceClaim claim, std::string_view what, size_t least,
                                    size_t most) const;
  [[nodiscard]] Result<std::string> text(arch::EvidenceClaim claim, std::string_view what) const;
  [[nodiscard]] Result<Bytes> nonce() const;
  [[nodiscard]] Result<Bytes> user_data() const;

 private:
  [[nodiscard]] Result<ByteView> string(arch::EvidenceClaim claim, CborType type,
                                        std::string_view what) const;

  const CborItem& claims_;
  std::string_view token_;
};

}  // namespace strongroom::attest::eat
