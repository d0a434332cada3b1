// Quotes as Open Enclave hands them out: behind a header, and followed by claims that the quote's report data
// bind (openenclave: include/openenclave/internal/report.h, oe_report_header_t; internal/plugin.h,
// oe_attestation_header_t; common/sgx/sgx custom claims). Signal's services send the quote with its claims
// and Open Enclave's endorsements in one message (libsignal: rust/attest, ClientHandshakeStart).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest::openenclave {

struct OeEvidence {
  Bytes quote;
  Bytes claims;  // as they are hashed; empty: none
  std::vector<std::pair<std::string, Bytes>> claim_list;
  Bytes endorsements;  // of Signal's messages; empty: none
};

bool looks_like_oe_evidence(ByteView bytes);
bool looks_like_signal_handshake(ByteView bytes);

// kMalformed on other forms; at most 64 claims.
Result<OeEvidence> parse_oe_evidence(ByteView bytes);
Result<OeEvidence> parse_signal_handshake(ByteView bytes);

}  // namespace strongroom::attest::openenclave
