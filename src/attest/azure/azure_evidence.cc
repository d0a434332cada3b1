#include "attest/azure/azure_evidence.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "base/encoding.h"
#include "crypto/pem.h"

namespace strongroom::attest::azure {
namespace {

constexpr size_t kPcrs = 24, kPcrSize = 32;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "Azure evidence: " + std::move(why));
}

// An array of numbers from 0 to 255, or text in the given encoding.
Result<Bytes> octets(const nlohmann::json& value, Result<Bytes> (*decode)(std::string_view),
                     std::string_view what) {
  if (value.is_string())
    return TRY_IN(fmt::format("Azure evidence: {}", what), decode(value.get<std::string>()));
  if (!value.is_array()) return malformed(fmt::format("{} is neither text nor numbers", what));
  Bytes out;
  for (const nlohmann::json& number : value) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() > 255)
      return malformed(fmt::format("{} holds something else than bytes", what));
    out.push_back(static_cast<uint8_t>(number.get<uint64_t>()));
  }
  return out;
}

Result<Bytes> octets_of(const nlohmann::json& object, std::string_view key,
                        Result<Bytes> (*decode)(std::string_view)) {
  const auto found = object.find(key);
  if (found == object.end()) return malformed(fmt::format("\"{}\" is missing", key));
  return octets(*found, decode, key);
}

Result<VtpmQuote> read_quote(const nlohmann::json& object) {
  VtpmQuote quote;
  quote.message = TRY(octets_of(object, "message", from_hex));
  quote.signature = TRY(octets_of(object, "signature", from_hex));
  const nlohmann::json& pcrs = TRY(json_array(object, "pcrs"));
  if (pcrs.size() != kPcrs) return malformed(fmt::format("{} PCRs instead of {}", pcrs.size(), kPcrs));
  for (unsigned i = 0; i < kPcrs; ++i) {
    quote.pcrs[i] = TRY(octets(pcrs[i], from_hex, "a PCR"));
    if (quote.pcrs[i].size() != kPcrSize)
      return malformed(fmt::format("PCR {} has not {} bytes", i, kPcrSize));
  }
  return quote;
}

Result<AzureEvidence> read_json(ByteView text) {
  const nlohmann::json object = TRY_IN("Azure evidence", parse_json(text));
  const bool first_shape = object.contains("report");
  const Bytes hcl = TRY(octets_of(object, first_shape ? "report" : "hcl_report", from_base64url));
  AzureEvidence evidence{TRY(parse_hcl(hcl)), std::nullopt, {}, std::nullopt};
  evidence.quote = TRY(read_quote(TRY(json_object(object, first_shape ? "quote" : "tpm_quote"))));
  if (object.contains("vcek")) {
    const std::string vcek = TRY(json_text(object, "vcek"));
    if (vcek.starts_with("-----BEGIN")) {
      evidence.certificates = TRY(crypto::certificates_from_pem(as_bytes(vcek)));
    } else {
      evidence.certificates.push_back(TRY(crypto::Certificate::from_der(TRY(from_base64url(vcek)))));
    }
  }
  if (object.contains("td_quote")) evidence.td_quote = TRY(octets_of(object, "td_quote", from_base64url));
  return evidence;
}

}  // namespace

bool looks_like_azure(ByteView bytes) {
  if (looks_like_hcl(bytes)) return true;
  const std::string_view text = as_text(bytes);
  if (!begins_json(text, '{')) return false;
  return (text.find("\"hcl_report\"") != std::string_view::npos &&
          text.find("\"tpm_quote\"") != std::string_view::npos) ||
         (text.find("\"report\"") != std::string_view::npos &&
          text.find("\"quote\"") != std::string_view::npos &&
          text.find("\"pcrs\"") != std::string_view::npos);
}

Result<AzureEvidence> parse_azure(ByteView bytes) {
  if (looks_like_hcl(bytes)) return AzureEvidence{TRY(parse_hcl(bytes)), std::nullopt, {}, std::nullopt};
  return read_json(bytes);
}

}  // namespace strongroom::attest::azure
