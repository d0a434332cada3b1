// Attestation results as CWT (draft-ietf-rats-ear-04 in CBOR; RFC 8392, in COSE_Sign1).
#pragma once

#include "attest/cose.h"

namespace strongroom::attest::jwt {

struct Cwt {
  CoseSign1 envelope;
  // The claims as the JSON of the same draft: the names of its labels, bytes as base64url.
  Bytes payload;
};

// COSE_Sign1 with tag 18, or with tags 61 and 18, around claims with EAR's submodules.
bool looks_like_ear_cwt(ByteView bytes);

// kMalformed on what cannot stand in JSON, and on a claim that stands there by its label and by its name.
Result<Cwt> parse_ear_cwt(ByteView bytes);

}  // namespace strongroom::attest::jwt
