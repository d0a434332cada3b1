// Evidence of Project Oak: the hardware report of a confidential VM, and DICE layers upon it (Oak's
// proto/attestation/evidence.proto; the claims of its certificates are in oak_dice/src/cert.rs). The report
// vouches for the key of the first layer, and each layer's key for the next layer's; each layer says the
// digest of the event that describes what it loaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/cose.h"

namespace strongroom::attest::oak {

// A CWT (RFC 8392) that the key of the layer below signs.
struct LayerCertificate {
  CoseSign1 envelope;
  std::string issuer, subject;        // keys of applications may have no subject
  Bytes key;                          // COSE_Key, or for some keys of applications a key set of Tink
  std::optional<Bytes> event_digest;  // SHA-256
};

struct OakEvidence {
  Bytes report;    // an SNP report or a TDX quote
  Bytes root_key;  // COSE_Key
  std::vector<LayerCertificate> layers;
  // That of encryption, that of signing, and further ones; the last layer below them signs each.
  std::vector<LayerCertificate> application_keys;
  std::vector<Bytes> events;  // one a layer, as they were measured
};

// A message whose first field is the root layer with a report and a key.
bool looks_like_oak(ByteView bytes);

// kMalformed on other forms; at most 32 layers.
Result<OakEvidence> parse_oak(ByteView bytes);

}  // namespace strongroom::attest::oak
