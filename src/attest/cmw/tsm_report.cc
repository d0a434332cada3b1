#include "attest/cmw/tsm_report.h"

#include <nlohmann/json.hpp>

#include "attest/cbor.h"
#include "attest/json.h"
#include "base/encoding.h"

namespace strongroom::attest::cmw {
namespace {

bool is_json_with(ByteView bytes, std::string_view first, std::string_view second) {
  const std::string_view text = as_text(bytes);
  return begins_json(text, '{') && text.find(first) != std::string_view::npos &&
         text.find(second) != std::string_view::npos;
}

// Base64 of either alphabet; empty text is no bytes.
Result<Bytes> from_text(const nlohmann::json& object, std::string_view key) {
  const std::string text = TRY(json_text(object, key));
  if (text.find_first_of("+/=") != std::string::npos) return from_base64(text);
  return from_base64url(text);
}

}  // namespace

bool looks_like_tsm_report(ByteView bytes) {
  if (is_json_with(bytes, "\"outblob\"", "\"provider\"")) return true;
  if (is_json_with(bytes, "\"OutBlob\"", "\"Provider\"")) return true;
  if (bytes.size() < 16 || bytes[0] >> 5 != 5) return false;
  const auto item = parse_cbor(bytes);
  return item && item->find("outblob") != nullptr && item->find("provider") != nullptr;
}

Result<Bytes> evidence_of_tsm_report(ByteView bytes) {
  Bytes evidence, certificates;
  std::string provider;
  if (bytes.empty() || bytes[0] >> 5 != 5) {
    const nlohmann::json report = TRY_IN("TSM report", parse_json(bytes));
    // As Linux calls them, and as go-configfs-tsm's structure writes itself.
    const bool of_go = report.is_object() && report.contains("OutBlob");
    provider = TRY_IN("TSM report", json_text(report, of_go ? "Provider" : "provider"));
    evidence = TRY_IN("TSM report: outblob", from_text(report, of_go ? "OutBlob" : "outblob"));
    const std::string_view auxiliary = of_go ? "AuxBlob" : "auxblob";
    if (report.contains(auxiliary) && !report[auxiliary].is_null())
      certificates = TRY_IN("TSM report: auxblob", from_text(report, auxiliary));
  } else {
    const CborItem report = TRY_IN("TSM report", parse_cbor(bytes));
    provider = TRY_IN("TSM report", cbor_text(report, "provider"));
    evidence = to_bytes(TRY_IN("TSM report", cbor_bytes(report, "outblob")));
    if (report.find("auxblob") != nullptr)
      certificates = to_bytes(TRY_IN("TSM report", cbor_bytes(report, "auxblob")));
  }
  if (provider.starts_with("sev_guest"))
    evidence.insert(evidence.end(), certificates.begin(), certificates.end());
  return evidence;
}

bool looks_like_ratsd_token(ByteView bytes) {
  return is_json_with(bytes, "\"cmw\"", "\"eat_profile\"");
}

Result<Bytes> wrapper_of_ratsd_token(ByteView bytes) {
  const nlohmann::json token = TRY_IN("ratsd token", parse_json(bytes));
  return TRY_IN("ratsd token: cmw", from_base64url(TRY_IN("ratsd token", json_text(token, "cmw"))));
}

}  // namespace strongroom::attest::cmw
