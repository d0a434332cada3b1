// Results as JSON, whose keys are a contract, and as a table for people.
#pragma once

#include <ostream>

#include "strongroom/attest.h"

namespace strongroom::attest {

// {"format", "verdict", "authentic", "tcb_status", "advisories", "claims": {..., "vendor": {...}},
//  "findings": [{"check", "concern", "outcome", "why"}], "layers": [...]}; bytes in hexadecimal.
void write_json(const VerificationResult& result, std::ostream& out);

// Claims and every check with its outcome; control characters from evidence are shown as "?".
void write_table(const VerificationResult& result, std::ostream& out);

}  // namespace strongroom::attest
