// The outer wrappings in which people hold evidence: text that stands for bytes, and the JSON of clouds and
// tools. What is inside is judged as if it had come bare; a finding says what was taken off. Where two things
// could be meant, neither is: the evidence is malformed, and the finding names both.
#pragma once

#include "attest/format.h"

namespace strongroom::attest::wrapping {

// Keeps the name of the format inside: "sgx-quote-v3".
extern const EvidenceFormat kTextFormat;
// Puts "json/" before it. Data that the JSON says to be bound by the evidence must be, and event logs must be
// the story behind its registers; certificates and documents count by their own signatures.
extern const EvidenceFormat kToolJsonFormat;

// Evidence without the text around it; the same bytes where there is none, or more than one reading.
Bytes without_text(ByteView evidence);

// The same without JSON of tools, too: for those who look for the piece of evidence and do not judge it.
Bytes innermost(ByteView evidence);

}  // namespace strongroom::attest::wrapping
