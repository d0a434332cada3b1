// Project Oak's evidence as a format.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::oak {

extern const EvidenceFormat kOakFormat;

}  // namespace strongroom::attest::oak
