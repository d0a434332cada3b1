// The token of a Strongroom keeper (arch/evidence_token.h), read.
#pragma once

#include "arch/evidence_token.h"
#include "attest/cose.h"

namespace strongroom::attest::eat {

struct KeeperToken {
  CoseSign1 envelope;
  arch::EvidenceToken claims;

  [[nodiscard]] bool debug() const { return (claims.report.attributes.flags & arch::kAttributeDebug) != 0; }
};

// Whether it is a COSE_Sign1 with our profile, whatever else is wrong with it.
bool looks_like_keeper_token(ByteView bytes);

// kMalformed for everything that is not the one encoding of a token with possible values: claims that are not
// known, unprotected headers, reserved bytes of the report that are not zero, anything not in CBOR's
// deterministic form.
Result<KeeperToken> parse_keeper_token(ByteView bytes);

}  // namespace strongroom::attest::eat
