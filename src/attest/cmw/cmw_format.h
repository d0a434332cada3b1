// Wrappers around evidence as formats of evidence: CMW, ratsd's token, TSM reports, and RA-TLS certificates.
// What is inside is judged as if it had come bare.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::cmw {

extern const EvidenceFormat kCmwFormat;
extern const EvidenceFormat kRatsdFormat;
extern const EvidenceFormat kTsmFormat;

// Judges (or decodes, without options) the evidence in a wrapper into the same assessment, and puts the
// wrapper's name before its format: "cmw/snp-report-v3". Wrappers may hold wrappers, at most 4 deep.
void unwrap(std::string_view wrapper, ByteView inner, const VerificationOptions* options,
            Assessment& assessment);

}  // namespace strongroom::attest::cmw
