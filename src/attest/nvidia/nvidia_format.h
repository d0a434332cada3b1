// NVIDIA's GPU reports, and its RIMs by themselves, as formats of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::nvidia {

extern const EvidenceFormat kNvidiaFormat;
extern const EvidenceFormat kRimFormat;

}  // namespace strongroom::attest::nvidia
