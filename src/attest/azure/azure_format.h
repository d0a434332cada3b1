// The evidence of Azure confidential VMs as a format.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::azure {

extern const EvidenceFormat kAzureFormat;

}  // namespace strongroom::attest::azure
