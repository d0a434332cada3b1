// JSON, and the tokens that are made of it.
#include <fmt/format.h>

#include "attest/intel/signed_json.h"
#include "attest/jwt/jwt.h"
#include "attest/structure/structure.h"
#include "base/encoding.h"

namespace strongroom::attest::structure {
namespace {

// `evidence` holds the text, or is null for text that was decoded out of it.
std::vector<Field> members_of(const uint8_t* evidence, ByteView text, Budget& budget, int depth) {
  std::vector<Field> fields;
  const auto members = intel::top_level_members(text);
  if (!members) return fields;
  for (const intel::JsonMember& member : *members) {
    if (!budget.take()) break;
    Field field{member.key, 0, 0, "", {}};
    if (evidence != nullptr) {
      field.offset = static_cast<size_t>(member.raw.data() - evidence);
      field.size = member.raw.size();
    }
    if (!member.raw.empty() && member.raw[0] == '{' && depth < 8)
      field.children = members_of(evidence, member.raw, budget, depth + 1);
    if (field.children.empty())
      field.text = std::string(as_text(member.raw.first(std::min<size_t>(member.raw.size(), 512))));
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

std::vector<Field> json(ByteView evidence, Extent extent, Budget& budget) {
  return members_of(evidence.data(), evidence.subspan(extent.offset, extent.size), budget, 0);
}

std::vector<Field> jwt(ByteView evidence, Budget& budget) {
  const std::string_view text = as_text(evidence);
  const size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const size_t end = text.find_last_not_of(" \t\r\n") + 1;
  std::vector<Field> fields;
  size_t at = begin;
  for (const char* name : {"header", "payload", "signature"}) {
    if (at > end) break;
    const size_t stop = std::min(text.find('.', at), end);
    Field field{name, at, stop - at, "", {}};
    if (const auto decoded = from_base64url(text.substr(at, stop - at))) {
      field.children = members_of(nullptr, *decoded, budget, 0);
      if (field.children.empty()) field.text = shown(*decoded);
    }
    fields.push_back(std::move(field));
    at = stop + 1;
  }
  return fields;
}

}  // namespace strongroom::attest::structure
