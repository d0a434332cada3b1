#include "attest/structure/structure.h"

#include <fmt/format.h>

#include <algorithm>

#include "attest/amd/snp_report.h"
#include "attest/azure/hcl_report.h"
#include "attest/eat/keeper_token.h"
#include "attest/eat/quote_token.h"
#include "attest/intel/quote.h"
#include "attest/jwt/jwt.h"
#include "base/encoding.h"

namespace strongroom::attest {

std::vector<Field> structure_of(ByteView evidence) {
  structure::Budget budget;
  const auto first = std::find_if(evidence.begin(), evidence.end(),
                                  [](uint8_t byte) { return byte != ' ' && (byte < 9 || byte > 13); });
  if (intel::looks_like_quote(evidence)) return structure::intel_quote(evidence);
  if (eat::looks_like_keeper_token(evidence)) return structure::keeper_token(evidence, budget);
  if (eat::looks_like_quote_token(evidence)) return structure::quote_token(evidence, budget);
  if (azure::looks_like_hcl(evidence)) return structure::azure_hcl(evidence, budget);
  if (amd::looks_like_report(evidence)) return structure::snp_report(evidence, 0);
  if (jwt::looks_like_jwt(evidence)) return structure::jwt(evidence, budget);
  std::vector<Field> fields;
  if (first != evidence.end() && *first == '{')
    fields = structure::json(evidence, {0, evidence.size()}, budget);
  if (fields.empty()) fields = structure::cbor(evidence, {0, evidence.size()}, budget);
  if (fields.empty() && !evidence.empty())
    fields.push_back({"bytes of no known form", 0, evidence.size(), structure::shown(evidence), {}});
  return fields;
}

namespace structure {

std::string shown(ByteView bytes) {
  constexpr size_t kMost = 64;
  const ByteView head = bytes.first(std::min(bytes.size(), kMost));
  const bool text = !head.empty() && std::all_of(head.begin(), head.end(),
                                                 [](uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
  return (text ? std::string(as_text(head)) : to_hex(head)) + (bytes.size() > kMost ? "…" : "");
}

}  // namespace structure
}  // namespace strongroom::attest
