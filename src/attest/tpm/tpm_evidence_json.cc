#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attest/json.h"
#include "attest/tpm/tpm_evidence.h"
#include "base/encoding.h"
#include "crypto/pem.h"

namespace strongroom::attest::tpm {
namespace {

constexpr size_t kMaximumQuotes = 16, kMaximumCertificates = 32;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "TPM evidence: " + std::move(why));
}

Result<Bytes> base64_member(const nlohmann::json& object, std::string_view key) {
  return TRY_IN(std::string("TPM evidence: ") + std::string(key), from_base64(TRY(json_text(object, key))));
}

// Go's crypto.Hash, as go-attestation writes it.
std::optional<TpmHash> go_hash(uint64_t number) {
  return number == 3   ? find_hash(kAlgSha1)
         : number == 5 ? find_hash(kAlgSha256)
         : number == 6 ? find_hash(kAlgSha384)
         : number == 7 ? find_hash(kAlgSha512)
                       : std::nullopt;
}

Result<PcrBanks> go_pcrs(const nlohmann::json& list) {
  PcrBanks banks;
  for (const nlohmann::json& pcr : list) {
    const auto index = TRY(json_unsigned(pcr, "Index", 31));
    const auto hash = go_hash(TRY(json_unsigned(pcr, "DigestAlg", 255)));
    if (!hash) return malformed("a PCR is of an unknown bank");
    if (!banks[hash->id].emplace(static_cast<unsigned>(index), TRY(base64_member(pcr, "Digest"))).second)
      return malformed(fmt::format("PCR {} stands twice", index));
  }
  return banks;
}

// go-attestation's `attest.Dump`.
Result<TpmEvidence> read_dump(const nlohmann::json& dump) {
  TpmEvidence evidence;
  evidence.wrapping = "tpm-attestation-dump";
  const nlohmann::json& fixed = TRY(json_object(dump, "Static"));
  evidence.version = static_cast<unsigned>(TRY(json_unsigned(fixed, "TPMVersion", 255)));
  if (evidence.version != 2) return evidence;
  if (fixed.contains("EKPem") && fixed["EKPem"].is_string()) {
    const Bytes pem = TRY(base64_member(fixed, "EKPem"));
    for (crypto::PemBlock& block : TRY(crypto::read_pem(pem, false)))
      if (block.label == "CERTIFICATE") evidence.endorsement_certificate = std::move(block.content);
  }
  evidence.attestation_key = TRY(base64_member(TRY(json_object(dump, "AK")), "Public"));
  const nlohmann::json& quote = TRY(json_object(dump, "Quote"));
  const nlohmann::json& log = TRY(json_object(dump, "Log"));
  SignedQuote signed_quote;
  signed_quote.message = TRY(base64_member(quote, "Quote"));
  signed_quote.signature = TRY(base64_member(quote, "Signature"));
  signed_quote.pcrs = TRY(go_pcrs(TRY(json_array(log, "PCRs"))));
  evidence.quotes.push_back(std::move(signed_quote));
  if (log.contains("Raw") && log["Raw"].is_string() && !log["Raw"].get_ref<const std::string&>().empty())
    evidence.event_log = TRY(base64_member(log, "Raw"));
  return evidence;
}

Result<PcrBanks> own_pcrs(const nlohmann::json& banks) {
  PcrBanks out;
  for (const auto& [name, values] : banks.items()) {
    std::optional<TpmHash> hash;
    for (const uint16_t id : {kAlgSha1, kAlgSha256, kAlgSha384, kAlgSha512})
      if (find_hash(id)->name == name) hash = find_hash(id);
    if (!hash || !values.is_object()) return malformed(fmt::format("\"{}\" is no bank of PCRs", name));
    for (const auto& [index, value] : values.items()) {
      if (index.empty() || index.size() > 2 || index.find_first_not_of("0123456789") != std::string::npos ||
          (index.size() == 2 && index[0] == '0') || std::stoul(index) > 31)
        return malformed(fmt::format("\"{}\" is no PCR", index));
      out[hash->id][static_cast<unsigned>(std::stoul(index))] = TRY(json_hex(values, index, hash->size));
    }
  }
  return out;
}

Result<TpmEvidence> read_own(const nlohmann::json& object) {
  TpmEvidence evidence;
  evidence.wrapping = "tpm-evidence";
  if (TRY(json_unsigned(object, "tpm_evidence", 255)) != 1) return malformed("its version is not 1");
  for (const nlohmann::json& item : TRY(json_array(object, "quotes")).get()) {
    if (evidence.quotes.size() == kMaximumQuotes) return malformed("more than 16 quotes");
    SignedQuote quote;
    quote.message = TRY(base64_member(item, "message"));
    quote.signature = TRY(base64_member(item, "signature"));
    if (item.contains("pcrs")) quote.pcrs = TRY(own_pcrs(TRY(json_object(item, "pcrs"))));
    evidence.quotes.push_back(std::move(quote));
  }
  if (evidence.quotes.empty()) return malformed("it holds no quote");
  if (object.contains("event_log")) evidence.event_log = TRY(base64_member(object, "event_log"));
  if (object.contains("ak_public")) evidence.attestation_key = TRY(base64_member(object, "ak_public"));
  if (object.contains("ak_certificate"))
    evidence.certificates.push_back(TRY(base64_member(object, "ak_certificate")));
  if (object.contains("certificates"))
    for (const nlohmann::json& item : TRY(json_array(object, "certificates")).get()) {
      if (!item.is_string() || evidence.certificates.size() == kMaximumCertificates)
        return malformed("\"certificates\" holds something else than at most 32 texts");
      evidence.certificates.push_back(
          TRY_IN("TPM evidence: certificates", from_base64(item.get_ref<const std::string&>())));
    }
  return evidence;
}

bool has(std::string_view text, std::string_view key) {
  return text.find(key) != std::string_view::npos;
}

}  // namespace

bool looks_like_attestation_json(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (!begins_json(text, '{')) return false;
  return has(text, "\"tpm_evidence\"") ||
         (has(text, "\"TPMVersion\"") && has(text, "\"Static\"") && has(text, "\"Quote\""));
}

Result<TpmEvidence> parse_attestation_json(ByteView bytes) {
  const nlohmann::json object = TRY_IN("TPM evidence", parse_json(bytes));
  if (!object.is_object()) return malformed("it is no object");
  return object.contains("tpm_evidence") ? read_own(object) : read_dump(object);
}

}  // namespace strongroom::attest::tpm
