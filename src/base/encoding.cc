#include "base/encoding.h"

#include <fmt/format.h>

namespace strongroom {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<int8_t, 256> inverse(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  return table;
}

std::string encode64(ByteView bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? bytes[i + j] : 0u);
    for (size_t j = 0; j <= count; ++j) out += alphabet[group >> (18 - 6 * j) & 63];
    if (pad) out.append(3 - count, '=');
  }
  return out;
}

Result<Bytes> decode64(std::string_view text, const std::array<int8_t, 256>& table, std::string_view name) {
  if (text.size() % 4 == 1)
    return fail(ErrorCode::kMalformed,
                fmt::format("{}: {} characters cannot be complete", name, text.size()));
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int bit_count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int8_t value = table[static_cast<uint8_t>(text[i])];
    if (value < 0)
      return fail(ErrorCode::kMalformed, fmt::format("{}: character {} is not of the alphabet", name, i + 1));
    bits = bits << 6 | static_cast<uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<uint8_t>(bits >> bit_count));
      bits &= (1u << bit_count) - 1;
    }
  }
  if (bits != 0)
    return fail(ErrorCode::kMalformed, fmt::format("{}: bits are set after the last byte", name));
  return out;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::kMalformed, "hexadecimal: an odd number of digits");
  Bytes out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return fail(ErrorCode::kMalformed,
                  fmt::format("hexadecimal: character {} is not a digit", high < 0 ? i + 1 : i + 2));
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  return encode64(bytes, kBase64, true);
}
std::string to_base64url(ByteView bytes) {
  return encode64(bytes, kBase64Url, false);
}

Result<Bytes> from_base64(std::string_view text) {
  static constexpr auto kTable = inverse(kBase64);
  if (text.size() % 4 != 0) return fail(ErrorCode::kMalformed, "base64: the length is no multiple of four");
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  return decode64(text, kTable, "base64");
}

Result<Bytes> from_base64url(std::string_view text) {
  static constexpr auto kTable = inverse(kBase64Url);
  return decode64(text, kTable, "base64url");
}

}  // namespace strongroom
