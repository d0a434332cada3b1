// Where each field of evidence stands in its bytes, for people who look at them. Nothing is decided by it:
// what the verifier reads, it reads by the parsers of each format. Evidence that breaks its rules is shown as
// far as its fields reach.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace strongroom::attest {

struct Field {
  std::string name;
  size_t offset = 0, size = 0;  // in the evidence; size 0: it has no bytes of its own (inside an encoding)
  std::string text;             // the value for people; empty where the children say it
  std::vector<Field> children;
};

// At most 4,096 fields. Bytes of no known form are one field.
std::vector<Field> structure_of(ByteView evidence);

// ---- The parts, by how they are laid out; each takes the evidence and the extent of its part ----

namespace structure {

struct Extent {
  size_t offset = 0, size = 0;
};

// Counts fields, so that a hostile nesting cannot make many of few bytes.
class Budget {
 public:
  bool take() { return left_ != 0 && left_-- != 0; }

 private:
  size_t left_ = 4096;
};

std::vector<Field> intel_quote(ByteView evidence);
// REPORT's body.
std::vector<Field> enclave_report(ByteView evidence, size_t offset);
std::vector<Field> keeper_token(ByteView evidence, Budget& budget);
std::vector<Field> quote_token(ByteView evidence, Budget& budget);
std::vector<Field> snp_report(ByteView evidence, size_t offset);
std::vector<Field> azure_hcl(ByteView evidence, Budget& budget);
// One CBOR item; byte strings that hold CBOR or a certificate are opened.
std::vector<Field> cbor(ByteView evidence, Extent extent, Budget& budget);
// The members of a JSON object, those of objects inside of it included.
std::vector<Field> json(ByteView evidence, Extent extent, Budget& budget);
std::vector<Field> jwt(ByteView evidence, Budget& budget);

// A short rendering of bytes: text where it is some, otherwise hexadecimal, cut after 64 bytes.
std::string shown(ByteView bytes);

}  // namespace structure
}  // namespace strongroom::attest
