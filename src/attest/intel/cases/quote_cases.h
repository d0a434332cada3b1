// Quotes of a test PKI, each broken in one way, with the check that must refuse it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attest/testing/expectation.h"
#include "attest/testing/intel_world.h"

namespace strongroom::attest::testing {

struct Flavour {
  const char* name;
  uint16_t version;
  bool tdx, td15;
};

struct Case {
  std::string name;
  std::function<void(IntelSpec&)> change;
  Expectation wanted;
};

inline constexpr auto kRefused = Verdict::kRefused;
inline constexpr auto kMalformed = Verdict::kMalformed;
inline constexpr auto kUndetermined = Verdict::kUndetermined;

// Every field of what is signed; signatures and keys; lengths.
void add_field_cases(const Flavour& flavour, std::vector<Case>& out);
void add_signature_cases(std::vector<Case>& out);
void add_length_cases(std::vector<Case>& out);
// Certificates and their chain; revocation lists.
void add_certificate_cases(std::vector<Case>& out);
void add_revocation_cases(std::vector<Case>& out);
// TCB info and the identity of the quoting enclave; what only TDs have.
void add_document_cases(const Flavour& flavour, std::vector<Case>& out);
void add_tdx_cases(const Flavour& flavour, std::vector<Case>& out);

// The first occurrence of `from`, which must be there.
void replace(std::string& text, std::string_view from, std::string_view to);

}  // namespace strongroom::attest::testing
