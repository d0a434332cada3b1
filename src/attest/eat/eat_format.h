// The evidence of Strongroom's enclaves as formats of evidence: tokens of keepers, and quotes.
// docs/evidence.md.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::eat {

extern const EvidenceFormat kEatFormat;
extern const EvidenceFormat kQuoteTokenFormat;

}  // namespace strongroom::attest::eat
