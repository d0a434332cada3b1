// SGX and TDX quotes as a format of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::intel {

extern const EvidenceFormat kQuoteFormat;

}  // namespace strongroom::attest::intel
