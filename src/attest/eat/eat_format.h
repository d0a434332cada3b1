// The evidence of Strongroom's keepers as a format of evidence. docs/evidence.md.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::eat {

extern const EvidenceFormat kEatFormat;

}  // namespace strongroom::attest::eat
