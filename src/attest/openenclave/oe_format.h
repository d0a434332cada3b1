// Open Enclave's and Signal's framing around quotes as formats of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::openenclave {

extern const EvidenceFormat kOeFormat;
extern const EvidenceFormat kSignalFormat;

}  // namespace strongroom::attest::openenclave
