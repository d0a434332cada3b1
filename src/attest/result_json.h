// A verification result as JSON, whose keys are a contract:
// {"format", "verdict", "authentic", "tcb_status", "advisories", "claims": {..., "vendor": {...}},
//  "findings": [{"check", "concern", "outcome", "why"}], "layers": [...]}; bytes in hexadecimal. Where chains
// were kept also "chains": [{"purpose", "root", "certificates": [{"subject", "issuer", "from", "until",
// "key_sha256"}]}].
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "strongroom/attest.h"

namespace strongroom::attest {

nlohmann::ordered_json result_json(const VerificationResult& result);

// The same as text; what is not UTF-8 in evidence becomes U+FFFD. `indent` < 0: on one line.
std::string result_json_text(const VerificationResult& result, int indent);

}  // namespace strongroom::attest
