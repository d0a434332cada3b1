// Tokens of attestation services as a format of evidence.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::jwt {

extern const EvidenceFormat kJwtFormat, kEarCwtFormat;

}  // namespace strongroom::attest::jwt
