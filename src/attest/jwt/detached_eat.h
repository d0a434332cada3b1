// Detached EATs (RFC 9711, section 5) as NVIDIA's attestation service sends them in JSON: [["JWT", token],
// {name: token...}], where the first token holds the digest of each of the others as a submodule.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::jwt {

extern const EvidenceFormat kDetachedEatFormat;

}  // namespace strongroom::attest::jwt
