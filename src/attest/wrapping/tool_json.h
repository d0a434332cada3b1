// The JSON in which clouds, services and tools hand evidence around: one member holds it, as text or as an
// array of numbers; others say what it is about, or bring its collateral. docs/attest.md lists whose it is.
#pragma once

#include <string>
#include <vector>

#include "attest/collateral.h"

namespace strongroom::attest::wrapping {

// A member that holds evidence of a known format.
struct Candidate {
  std::string path;      // "tdx.quote"
  std::string encoding;  // as Reading::encoding, "numbers" or "JSON"
  Bytes evidence;
};

// What is said to be bound by the evidence, in every way to read it; one of them must be.
struct HeldData {
  std::string name;  // "runtime_data"
  std::vector<Bytes> values;
};

struct ToolJson {
  std::vector<Candidate> candidates;  // exactly one in good evidence
  // Beside the evidence, and in the objects around it.
  std::vector<HeldData> held;
  std::vector<HeldData> report_data;  // said to be the evidence's report data itself
  Bytes nonce;                        // Intel Trust Authority's verifier_nonce: val || iat
  std::vector<Bytes> collateral;      // certificates, or bundles of documents
  std::vector<Bytes> event_logs;      // binary ones
  std::string events;                 // a log as JSON: dstack's
  std::vector<std::string> ignored;   // members that nobody looks at
};

// Fails where the bytes are no JSON object. One that holds no evidence has no candidate.
Result<ToolJson> read_tool_json(ByteView text);

}  // namespace strongroom::attest::wrapping
