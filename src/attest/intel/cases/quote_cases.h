// Quotes of a test PKI, each broken in one way, with the check that must refuse it.
#pragma once

#include <string_view>

#include "attest/testing/cases.h"
#include "attest/testing/intel_world.h"

namespace strongroom::attest::testing {

struct Flavour {
  const char* name;
  uint16_t version;
  bool tdx, td15;
};

using QuoteTable = Cases<IntelSpec>;

// Every field of what is signed; signatures and keys; lengths.
void add_field_cases(const Flavour& flavour, QuoteTable& out);
void add_signature_cases(QuoteTable& out);
void add_length_cases(QuoteTable& out);
// Certificates and their chain; revocation lists.
void add_certificate_cases(QuoteTable& out);
void add_revocation_cases(QuoteTable& out);
// TCB info and the identity of the quoting enclave; what only TDs have.
void add_document_cases(const Flavour& flavour, QuoteTable& out);
void add_tdx_cases(const Flavour& flavour, QuoteTable& out);

// The first occurrence of `from`, which must be there.
void replace(std::string& text, std::string_view from, std::string_view to);

}  // namespace strongroom::attest::testing
