// Evidence of TPMs 2.0, and event logs by themselves, as formats of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::tpm {

extern const EvidenceFormat kTpmFormat;
extern const EvidenceFormat kEventLogFormat;

}  // namespace strongroom::attest::tpm
