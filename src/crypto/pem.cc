#include "crypto/pem.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace strongroom::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "PEM: " + std::move(why));
}

}  // namespace

Result<std::vector<PemBlock>> read_pem(ByteView bytes, bool strict, size_t limit) {
  std::string_view text = as_text(bytes);
  std::vector<PemBlock> blocks;
  for (;;) {
    const size_t begin = text.find(kBegin);
    const std::string_view between = text.substr(0, begin);
    if (strict && !std::all_of(between.begin(), between.end(), blank))
      return malformed("text stands outside of the blocks");
    if (begin == std::string_view::npos) return blocks;
    if (blocks.size() == limit) return malformed(fmt::format("more than {} blocks", limit));
    text.remove_prefix(begin + kBegin.size());
    const size_t label_end = text.find(kDashes);
    if (label_end == std::string_view::npos || label_end > 64)
      return malformed("a block has no proper label");
    PemBlock block{std::string(text.substr(0, label_end)), {}};
    text.remove_prefix(label_end + kDashes.size());
    const std::string end = fmt::format("{}{}{}", kEnd, block.label, kDashes);
    const size_t body_end = text.find(end);
    if (body_end == std::string_view::npos) return malformed(fmt::format("block {} is cut off", block.label));
    std::string base64(text.substr(0, body_end));
    base64.erase(std::remove_if(base64.begin(), base64.end(), blank), base64.end());
    block.content = TRY_IN("PEM block " + block.label, from_base64(base64));
    text.remove_prefix(body_end + end.size());
    blocks.push_back(std::move(block));
  }
}

Result<std::vector<Certificate>> certificates_from_pem(ByteView text, size_t limit, SignatureCache* cache) {
  std::vector<Certificate> certificates;
  for (const PemBlock& block : TRY(read_pem(text, true, limit))) {
    if (block.label != "CERTIFICATE")
      return malformed(fmt::format("a certificate was expected, found {}", block.label));
    certificates.push_back(TRY(parse_certificate(block.content, cache)));
  }
  if (certificates.empty()) return malformed("no certificate in it");
  return certificates;
}

}  // namespace strongroom::crypto
