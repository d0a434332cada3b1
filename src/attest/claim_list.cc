#include "attest/claim_list.h"

#include <fmt/format.h>

#include <optional>

#include "attest/utf8.h"
#include "base/encoding.h"

namespace strongroom::attest {
namespace {

// How many bytes the UTF-8 character that begins with `first` has; 1 for what begins none.
size_t character_size(unsigned char first) {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

bool obeyed_by_terminals(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;  // C1: U+0080 to U+009F
  if (character.size() != 3 || byte(0) != 0xe2) return false;
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069.
  if (byte(1) == 0x80) return byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae);
  return byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
}

}  // namespace

std::vector<std::pair<std::string, ClaimValue>> common_claims(const Claims& claims) {
  std::vector<std::pair<std::string, ClaimValue>> out;
  const auto add = [&](const char* name, const auto& value) {
    if (value) out.emplace_back(name, *value);
  };
  if (!claims.tee.empty()) out.emplace_back("tee", claims.tee);
  add("measurement", claims.measurement);
  add("signer", claims.signer);
  add("product_id", claims.product_id);
  add("svn", claims.svn);
  add("debug", claims.debug);
  add("report_data", claims.report_data);
  add("nonce", claims.nonce);
  add("hardware_id", claims.hardware_id);
  if (!claims.root.empty()) out.emplace_back("root", claims.root);
  return out;
}

std::string claim_text(const ClaimValue& value) {
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->empty() ? "-" : to_hex(*bytes);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* number = std::get_if<uint64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ", "));
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = character_size(static_cast<unsigned char>(text[0]));
    const std::string_view character = text.substr(0, size);
    const bool whole = character.size() == size && is_utf8(as_bytes(character));
    if (whole && !obeyed_by_terminals(character)) {
      out += character;
    } else {
      out += '?';
    }
    text.remove_prefix(whole ? size : 1);
  }
  return out;
}

}  // namespace strongroom::attest
