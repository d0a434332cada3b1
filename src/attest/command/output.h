// Results as JSON and as a table for people.
#pragma once

#include <ostream>

#include "strongroom/attest.h"

namespace strongroom::attest {

// The JSON of attest/result_json.h, indented.
void write_json(const VerificationResult& result, std::ostream& out);

struct TableStyle {
  bool colour = false;  // ECMA-48 sequences; the words alone say the same
  size_t width = 80;    // columns; every line fits, but for single words that are longer
};

// Verdict, claims, and every single check with its outcome and why, grouped by what the checks are about.
// What evidence says is shown as printable() makes it.
void write_table(const VerificationResult& result, const TableStyle& style, std::ostream& out);

}  // namespace strongroom::attest
