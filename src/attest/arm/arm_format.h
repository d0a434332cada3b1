// PSA and CCA tokens as formats of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::arm {

extern const EvidenceFormat kCcaFormat;
extern const EvidenceFormat kPsaFormat;

}  // namespace strongroom::attest::arm
