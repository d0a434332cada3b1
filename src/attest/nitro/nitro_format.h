// AWS Nitro attestation documents as a format of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::nitro {

extern const EvidenceFormat kNitroFormat;

}  // namespace strongroom::attest::nitro
