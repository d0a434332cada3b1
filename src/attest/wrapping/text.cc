#include "attest/wrapping/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"

namespace strongroom::attest::wrapping {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
constexpr size_t kMaximumBlocks = 16, kLongestLabel = 64;

bool blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool of_either_alphabet(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '=';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_surroundings(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = trimmed(text);
  while (text.starts_with('#')) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text = trimmed(text.substr(end));
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = trimmed(text.substr(1, text.size() - 2));
  return text;
}

// Without white space; none where a character is of no alphabet.
std::optional<std::string> compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (blank(c)) continue;
    if (!of_either_alphabet(c)) return std::nullopt;
    out += c;
  }
  return out;
}

std::optional<Reading> base64_of(std::string text) {
  const bool url = text.find_first_of("-_") != std::string::npos;
  size_t padding = 0;
  while (padding < 3 && text.ends_with('=')) {
    text.pop_back();
    ++padding;
  }
  // Many leave padding out, or put it where it is not usual; a wrong number is neither.
  if (padding != 0 && (text.size() + padding) % 4 != 0) return std::nullopt;
  if (!url) text.append((4 - text.size() % 4) % 4, '=');
  auto bytes = url ? from_base64url(text) : from_base64(text);
  if (!bytes) return std::nullopt;
  return Reading{std::move(*bytes), url ? "base64url" : "base64"};
}

std::vector<Reading> blocks(std::string_view text) {
  std::vector<Reading> out;
  while (out.size() < kMaximumBlocks) {
    const size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin + kBegin.size());
    const size_t label_end = text.find(kDashes);
    if (label_end == std::string_view::npos || label_end > kLongestLabel) return {};
    const std::string_view label = text.substr(0, label_end);
    text.remove_prefix(label_end + kDashes.size());
    const size_t end = text.find(kEnd);
    if (end == std::string_view::npos || !text.substr(end + kEnd.size()).starts_with(label)) return {};
    const auto content = compact(text.substr(0, end));
    auto reading = content ? base64_of(*content) : std::nullopt;
    if (!reading || reading->bytes.empty()) return {};
    const bool printable =
        std::all_of(label.begin(), label.end(), [](char c) { return c >= ' ' && c <= '~'; });
    reading->encoding = fmt::format("the armour {}", printable ? label : "?");
    out.push_back(std::move(*reading));
    text.remove_prefix(end + kEnd.size() + label.size());
  }
  return out;
}

}  // namespace

std::vector<Reading> readings(std::string_view given) {
  const std::string_view text = without_surroundings(given);
  if (text.starts_with(kBegin)) return blocks(text);
  auto content = compact(text);
  if (!content || content->empty()) return {};
  std::vector<Reading> out;
  const bool prefixed = content->starts_with("0x") || content->starts_with("0X");
  if (auto bytes = from_hex(std::string_view(*content).substr(prefixed ? 2 : 0)); bytes && !bytes->empty())
    out.push_back({std::move(*bytes), "hexadecimal"});
  if (auto reading = base64_of(std::move(*content)); reading && !reading->bytes.empty())
    out.push_back(std::move(*reading));
  return out;
}

}  // namespace strongroom::attest::wrapping
