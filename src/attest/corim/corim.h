// Reference values of a CoRIM (draft-ietf-rats-corim-09): the CBOR file in which vendors publish which
// measurements are theirs. Unsigned (tag 501) or signed (COSE_Sign1, tag 18, with or without tag 502 around
// it).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attest/cose.h"
#include "crypto/certificate.h"

namespace strongroom::attest {

// One measurement-map (section 5.1.4.1.4) of a reference value: all that it says must hold.
struct CorimMeasurement {
  std::string key;                                      // mkey: text, a number or an OID; empty: none
  std::vector<Bytes> digests;                           // one of these; of algorithms that are known
  std::optional<uint64_t> minimum_svn;                  // tag 553
  std::optional<Bytes> raw;                             // raw-value, without mask
  std::map<std::string, std::vector<Bytes>> registers;  // integrity-registers, by index or name
  std::vector<std::string> unknown;                     // what it says besides, by name
};

// One reference-triple-record: an environment, and what is measured there.
struct CorimReference {
  std::string class_id;  // OID dotted, UUID or bytes in hexadecimal; empty: none
  std::string vendor, model;
  bool names_instance = false;  // meant for one instance or group alone
  std::vector<CorimMeasurement> measurements;
};

struct Corim {
  std::string id, profile;
  std::optional<crypto::Period> validity;
  std::vector<CorimReference> references;
  size_t passed_over = 0;             // tags and triples of other kinds
  std::optional<CoseSign1> envelope;  // of signed ones; not verified here
};

// kMalformed on what is no CoRIM, and on reference values that break its rules. At most 4,096 references.
Result<Corim> parse_corim(ByteView bytes);

}  // namespace strongroom::attest
